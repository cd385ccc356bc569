// ONVIF services that answer as a test tells them to, by the name of the operation; all of it written by hand.
import type { ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { type HttpDevice, type Seen, startHttpDevice } from './http-device.ts';

const NAMESPACES =
  'xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing" ' +
  'xmlns:n="http://docs.oasis-open.org/wsn/b-2" xmlns:e="http://www.onvif.org/ver10/events/wsdl" ' +
  'xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:tns1="http://www.onvif.org/ver10/topics"';

/** The device's time, an hour ahead of the tests' clock. */
export const DEVICE_TIME = Date.UTC(2026, 10, 22, 9);

export interface OnvifReply {
  status?: number;
  /** Of the SOAP body; as it is, where `raw`. */
  body: string;
  raw?: boolean;
  /** A WWW-Authenticate header. */
  challenge?: string;
}

/** The answer to the request, which is the `count`th of its kind; undefined: none ever comes. */
type Script = (request: Seen, count: number) => OnvifReply | undefined;

export type Operation =
  | 'GetServices'
  | 'GetCapabilities'
  | 'CreatePullPointSubscription'
  | 'PullMessages'
  | 'SetSynchronizationPoint'
  | 'Renew'
  | 'Unsubscribe'
  | 'GetSystemDateAndTime';

export interface OnvifDevice extends HttpDevice {
  /** The requests for that operation. */
  asked(operation: Operation): Seen[];
  /** Closes the connections on which an answer is waited for. */
  hangUp(): void;
}

/** An ordinary device with one pull point, in whose stead the scripts answer. Pulls wait for ever. */
export async function startOnvifDevice(
  t: TestContext,
  scripts: Partial<Record<Operation, Script>> = {},
): Promise<OnvifDevice> {
  const ordinary: Partial<Record<Operation, Script>> = {
    GetServices: () => services('http://192.0.2.99/onvif/services'),
    CreatePullPointSubscription: () => created(),
    Renew: () => ({ body: `<n:RenewResponse>${lease('n')}</n:RenewResponse>` }),
    ...scripts,
  };
  const counts = new Map<string, number>();
  const waiting = new Set<ServerResponse>();
  const device = await startHttpDevice(t, (request, response) => {
    const operation = operationOf(request) as Operation;
    const count = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, count);
    const script = ordinary[operation] ?? (() => (operation === 'PullMessages' ? undefined : { body: '' }));
    const reply = script(request, count);
    if (reply === undefined) waiting.add(response);
    else send(response, reply);
  });
  return {
    ...device,
    asked: operation => device.seen.filter(each => operationOf(each) === operation),
    hangUp() {
      for (const response of waiting) response.destroy();
      waiting.clear();
    },
  };
}

/** The answer to GetServices: the device service, and that for events at that address. */
export function services(events: string): OnvifReply {
  const service = (uri: string, address: string) =>
    `<d:Service><d:Namespace>${uri}</d:Namespace><d:XAddr>${address}</d:XAddr></d:Service>`;
  const both =
    service('http://www.onvif.org/ver10/device/wsdl', 'http://192.0.2.99/onvif/device_service') +
    service('http://www.onvif.org/ver10/events/wsdl', events);
  return {
    body: `<d:GetServicesResponse xmlns:d="http://www.onvif.org/ver10/device/wsdl">${both}</d:GetServicesResponse>`,
  };
}

/** The answer to a creation: the address, what has to be sent along, and the seconds that it lives. */
export function created({
  address = 'http://192.0.2.99/onvif/services',
  parameters = '<ax:SubscriptionId xmlns:ax="http://www.axis.com/2009/event">297</ax:SubscriptionId>',
  seconds = 60,
} = {}): OnvifReply {
  const reference = `<a:Address>${address}</a:Address><a:ReferenceParameters>${parameters}</a:ReferenceParameters>`;
  return {
    body:
      `<e:CreatePullPointSubscriptionResponse><e:SubscriptionReference>${reference}</e:SubscriptionReference>` +
      `${lease('n', seconds)}</e:CreatePullPointSubscriptionResponse>`,
  };
}

/** The answer to a pull with motion alarms of these states. */
export function pulled(states: readonly string[] = [], times = lease('e')): OnvifReply {
  const messages = states.map(
    state =>
      '<n:NotificationMessage><n:Topic>tns1:VideoSource/MotionAlarm</n:Topic><n:Message>' +
      '<tt:Message UtcTime="2026-11-22T09:00:00Z" PropertyOperation="Changed"><tt:Source/><tt:Data>' +
      `<tt:SimpleItem Name="State" Value="${state}"/></tt:Data></tt:Message></n:Message></n:NotificationMessage>`,
  );
  return { body: `<e:PullMessagesResponse>${times}${messages.join('')}</e:PullMessagesResponse>` };
}

/** A fault with that subcode, and XML in its detail. */
export function faulted(subcode: string, detail = '', status = 400): OnvifReply {
  const codes = `<s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:${subcode}</s:Value></s:Subcode>`;
  return {
    status,
    body: `<s:Fault><s:Code>${codes}</s:Code><s:Reason><s:Text xml:lang="en"/></s:Reason><s:Detail>${detail}</s:Detail></s:Fault>`,
  };
}

/** CurrentTime and TerminationTime by the device's clock. */
export function lease(prefix: string, seconds = 60): string {
  const time = (ms: number) => new Date(ms).toISOString();
  return (
    `<${prefix}:CurrentTime>${time(DEVICE_TIME)}</${prefix}:CurrentTime>` +
    `<${prefix}:TerminationTime>${time(DEVICE_TIME + seconds * 1000)}</${prefix}:TerminationTime>`
  );
}

function operationOf({ body }: Seen): string {
  return /<s:Body><(?:\w+:)?(\w+)/.exec(body)?.[1] ?? '';
}

function send(response: ServerResponse, { status = 200, body, raw = false, challenge }: OnvifReply): void {
  const text = raw ? body : `<s:Envelope ${NAMESPACES}><s:Body>${body}</s:Body></s:Envelope>`;
  const headers = challenge === undefined ? {} : { 'www-authenticate': challenge };
  response.writeHead(status, { 'content-type': 'application/soap+xml', ...headers }).end(text);
}
