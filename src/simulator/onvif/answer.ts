// What the ONVIF services answer, as XML: the envelope, the faults, the times (PROTOCOLS 3).
import { type Message, notificationMessage } from '../rtsp/metadata.ts';

export interface SoapReply {
  status: number;
  type: string;
  body: string;
}

/** The namespaces of requests and answers. */
export const NS = {
  soap: 'http://www.w3.org/2003/05/soap-envelope',
  wsa: 'http://www.w3.org/2005/08/addressing',
  wsnt: 'http://docs.oasis-open.org/wsn/b-2',
  wsrfr: 'http://docs.oasis-open.org/wsrf/r-2',
  tev: 'http://www.onvif.org/ver10/events/wsdl',
  tds: 'http://www.onvif.org/ver10/device/wsdl',
  trt: 'http://www.onvif.org/ver10/media/wsdl',
  tt: 'http://www.onvif.org/ver10/schema',
  xsd: 'http://www.w3.org/2001/XMLSchema',
  wstop: 'http://docs.oasis-open.org/wsn/t-1',
  ter: 'http://www.onvif.org/ver10/error',
  topics: 'http://www.onvif.org/ver10/topics',
  axisTopics: 'http://www.axis.com/2009/event/topics',
  axisEvent: 'http://www.axis.com/2009/event',
} as const;

const PREFIXES = {
  'SOAP-ENV': NS.soap,
  wsa5: NS.wsa,
  wsnt: NS.wsnt,
  wsrfr: NS.wsrfr,
  tev: NS.tev,
  tds: NS.tds,
  trt: NS.trt,
  tt: NS.tt,
  ter: NS.ter,
};
const DECLARATIONS = Object.entries(PREFIXES)
  .map(([prefix, uri]) => `xmlns:${prefix}="${uri}"`)
  .join(' ');

/** An answer with that body. */
export function soap(body: string, status = 200): SoapReply {
  return {
    status,
    type: 'application/soap+xml; charset=utf-8',
    body:
      `<?xml version="1.0" encoding="UTF-8"?>\n<SOAP-ENV:Envelope ${DECLARATIONS}>` +
      `<SOAP-ENV:Body>${body}</SOAP-ENV:Body></SOAP-ENV:Envelope>\n`,
  };
}

/** A fault that the sender (400) or the device (500) is to blame for; `detail` is XML. */
export function soapFault(code: 'Sender' | 'Receiver', subcode: string, detail = ''): SoapReply {
  const sub = subcode && `<SOAP-ENV:Subcode><SOAP-ENV:Value>${subcode}</SOAP-ENV:Value></SOAP-ENV:Subcode>`;
  return soap(
    `<SOAP-ENV:Fault><SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:${code}</SOAP-ENV:Value>${sub}</SOAP-ENV:Code>` +
      '<SOAP-ENV:Reason><SOAP-ENV:Text xml:lang="en"></SOAP-ENV:Text></SOAP-ENV:Reason>' +
      `${detail && `<SOAP-ENV:Detail>${detail}</SOAP-ENV:Detail>`}</SOAP-ENV:Fault>`,
    code === 'Sender' ? 400 : 500,
  );
}

/** CurrentTime and TerminationTime; where a subscription is made or renewed they are of WS-BaseNotification. */
export function times(prefix: 'tev' | 'wsnt', now: number, termination: number): string {
  const element = (name: string, time: number) =>
    `<${prefix}:${name}>${new Date(time).toISOString().slice(0, 19)}Z</${prefix}:${name}>`;
  return element('CurrentTime', now) + element('TerminationTime', termination);
}

/** The messages of an answer to PullMessages. */
export function messagesXml(messages: readonly Message[]): string {
  return messages.map(message => notificationMessage(message)).join('\n');
}
