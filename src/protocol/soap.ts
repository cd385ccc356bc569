// SOAP: envelopes and faults (SOAP 1.2, and 1.1 where a device answers in that).
import { fail } from '../util/errors.ts';
import { atOnce, type Steps } from '../util/steps.ts';
import { NS, splitName } from './namespaces.ts';
import { child, readXmlTreeInSteps, type XmlElement } from './xml-tree.ts';

export interface SoapFault {
  /** Local names: `Sender`, `InvalidArgs`; `''` where it says none. */
  code: string;
  subcode: string;
  reason: string;
}

/** The first element in the Body of a SOAP 1.2 or 1.1 envelope; a document without an envelope is its own body. */
export function readSoapBody(document: Buffer | string): XmlElement {
  return atOnce(readSoapBodyInSteps(document));
}

/** The same, in steps. */
export function* readSoapBodyInSteps(document: Buffer | string): Steps<XmlElement> {
  const root = yield* readXmlTreeInSteps(document);
  if (root.local !== 'Envelope') return root;
  const body = root.children.find(child => child.local === 'Body' && child.uri === root.uri)?.children[0];
  if (body === undefined) throw fail('PROTOCOL', 'the SOAP envelope has no body');
  return body;
}

/** What a Fault says, undefined where the element is none (SOAP 1.2 §5.4, SOAP 1.1 §4.4). */
export function readFault(body: XmlElement): SoapFault | undefined {
  if (body.local !== 'Fault' || (body.uri !== NS.soap12 && body.uri !== NS.soap11)) return undefined;
  const code = child(body, 'Code') ?? child(body, 'faultcode');
  const reason = child(body, 'Reason') ?? child(body, 'faultstring');
  return {
    code: valueName(code),
    subcode: valueName(code && child(code, 'Subcode')),
    reason: (reason && (child(reason, 'Text') ?? reason))?.text.trim() ?? '',
  };
}

/** A SOAP 1.2 request. `header` and `body` are XML that declares its own prefixes. */
export function soapEnvelope({ header = '', body }: { header?: string; body: string }): string {
  const head = header === '' ? '' : `<s:Header>${header}</s:Header>`;
  return `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${NS.soap12}">${head}<s:Body>${body}</s:Body></s:Envelope>`;
}

/** `env:Sender` of a Code, a Subcode or a faultcode as `Sender`. */
function valueName(element: XmlElement | undefined): string {
  const text = (element && (child(element, 'Value') ?? element))?.text.trim() ?? '';
  return splitName(text).local;
}
