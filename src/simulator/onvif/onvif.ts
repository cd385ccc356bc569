// The ONVIF services of a device: one address for all, pull points told apart by a header (PROTOCOLS 3.1).
import type { Core, PullPoint } from '../core.ts';
import { parseTopicFilter } from '../topic-filter.ts';
import { find, readXml, type XmlNode } from '../xml-reader.ts';
import { messagesXml, NS, type SoapReply, soap, soapFault, times } from './answer.ts';
import {
  capabilities,
  information,
  profiles,
  properties,
  serviceAddress,
  services,
  systemTime,
  videoSources,
} from './device-service.ts';
import { createPullPoint } from './point.ts';

interface Call {
  core: Core;
  /** The element of the request. */
  body: XmlNode;
  header: XmlNode | undefined;
  /** Aborted when the client is gone. */
  gone: AbortSignal;
}

interface Operation {
  uri: string;
  /** What stands in front of the operation's name in its wsa:Action. */
  action: string;
  answer(call: Call): SoapReply | Promise<SoapReply>;
}

const MANAGER = 'http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager';
const CONCRETE_SET = 'http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet';
const UNKNOWN = soapFault(
  'Sender',
  'wsrfr:ResourceUnknownFault',
  '<wsrfr:ResourceUnknownFault></wsrfr:ResourceUnknownFault>',
);

const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreatePullPointSubscription: { uri: NS.tev, action: `${NS.tev}/EventPortType`, answer: create },
  PullMessages: pointed(NS.tev, `${NS.tev}/PullPointSubscription`, pull),
  SetSynchronizationPoint: pointed(NS.tev, `${NS.tev}/PullPointSubscription`, (_call, point) => {
    point.synchronize();
    return soap('<tev:SetSynchronizationPointResponse/>');
  }),
  Renew: pointed(NS.wsnt, MANAGER, renew),
  Unsubscribe: pointed(NS.wsnt, MANAGER, (_call, point) => {
    point.drop();
    return soap('<wsnt:UnsubscribeResponse/>');
  }),
  GetServiceCapabilities: { uri: NS.tev, action: `${NS.tev}/EventPortType`, answer: eventCapabilities },
  GetEventProperties: { uri: NS.tev, action: `${NS.tev}/EventPortType`, answer: properties },
  GetSystemDateAndTime: { uri: NS.tds, action: NS.tds, answer: systemTime },
  GetServices: { uri: NS.tds, action: NS.tds, answer: services },
  GetCapabilities: { uri: NS.tds, action: NS.tds, answer: capabilities },
  GetDeviceInformation: { uri: NS.tds, action: NS.tds, answer: information },
  GetProfiles: { uri: NS.trt, action: NS.trt, answer: profiles },
  GetVideoSources: { uri: NS.trt, action: NS.trt, answer: videoSources },
};

/** Whether the HTTP login is passed over: the body bears one, or the device wants it there. */
export function bearsToken({ settings }: Core, body: string): boolean {
  const { login } = settings.onvif;
  return login === 'token' || (login === 'either' && /<(\w+:)?UsernameToken[\s>]/.test(body));
}

/** The answer to a request to the services. Rejects where the connection is to close without one. */
export async function answerOnvif(core: Core, text: string, gone: AbortSignal): Promise<SoapReply> {
  const envelope = readXml(text);
  const header = find(envelope, NS.soap, 'Header');
  const body = find(envelope, NS.soap, 'Body')?.children[0];
  if (envelope?.uri !== NS.soap || body === undefined) return soapFault('Sender', 'ter:WellFormed');
  if (bearsToken(core, text) && core.onvif.login.checkToken(header, core.now()) !== true)
    return soapFault('Sender', 'ter:NotAuthorized');
  const operation = Object.hasOwn(OPERATIONS, body.name) ? OPERATIONS[body.name] : undefined;
  if (operation?.uri !== body.uri) return soapFault('Receiver', 'ter:ActionNotSupported');
  const named = `${operation.action}/${body.name}`;
  // Many clients send none.
  const action = find(header, NS.wsa, 'Action')?.text.trim() ?? named;
  if (action !== named && action !== `${named}Request`) return soapFault('Sender', 'wsa5:ActionMismatch');
  return operation.answer({ core, body, header, gone });
}

/** An operation on the pull point that the SubscriptionId header names; without that header nothing is. */
function pointed(
  uri: string,
  action: string,
  answer: (call: Call, point: PullPoint) => SoapReply | Promise<SoapReply>,
): Operation {
  return {
    uri,
    action,
    answer(call) {
      const id = find(call.header, NS.axisEvent, 'SubscriptionId')?.text.trim();
      if (id === undefined) return soapFault('Sender', 'ter:InvalidArgs');
      const point = call.core.onvif.points.get(id);
      return point === undefined ? UNKNOWN : answer(call, point);
    },
  };
}

function create({ core, body }: Call): SoapReply {
  const { onvif, settings } = core;
  const filter = readFilter(find(find(body, NS.tev, 'Filter'), NS.wsnt, 'TopicExpression'));
  if (filter === undefined || (settings.onvif.refuseFilter && find(body, NS.tev, 'Filter')))
    return soapFault('Sender', 'ter:InvalidFilterFault', '<wsnt:InvalidFilterFault/>');
  const ms = lifetimeMs(core, find(body, NS.tev, 'InitialTerminationTime')?.text ?? 'PT60S');
  if (ms === undefined)
    return soapFault('Sender', 'ter:InvalidArgVal', '<wsnt:UnacceptableInitialTerminationTimeFault/>');
  if (onvif.points.size >= settings.onvif.maxPullPoints) return soapFault('Receiver', 'ter:MaxPullPoints');
  onvif.created += 1;
  const point = createPullPoint(core, String(onvif.created), filter);
  onvif.points.set(point.id, point);
  core.connections.add(point);
  point.renew(ms);
  if (settings.onvif.statesAtOnce) point.synchronize();
  const id = `<dom0:SubscriptionId xmlns:dom0="${NS.axisEvent}">${point.id}</dom0:SubscriptionId>`;
  const address = `<wsa5:Address>${serviceAddress(core)}</wsa5:Address>`;
  const parameters = `<wsa5:ReferenceParameters>${id}</wsa5:ReferenceParameters>`;
  return soap(
    '<tev:CreatePullPointSubscriptionResponse>' +
      `<tev:SubscriptionReference>${address}${parameters}</tev:SubscriptionReference>` +
      `${times('wsnt', core.now(), point.termination)}</tev:CreatePullPointSubscriptionResponse>`,
  );
}

async function pull({ core, body, gone }: Call, point: PullPoint): Promise<SoapReply> {
  const { maxTimeoutS, maxMessages, pullsExtend } = core.settings.onvif;
  const timeoutMs = durationMs(find(body, NS.tev, 'Timeout')?.text ?? '');
  const limit = Number(find(body, NS.tev, 'MessageLimit')?.text);
  if (timeoutMs === undefined || !(limit >= 1)) return soapFault('Sender', 'ter:InvalidArgs');
  if (timeoutMs > maxTimeoutS * 1000) return soapFault('Sender', 'ter:InvalidArgVal', pullLimits(core));
  const pulled = await point.pull({ timeoutMs, limit: Math.min(limit, maxMessages), gone });
  if (pulled === undefined) return soapFault('Receiver', '', '<wsnt:UnableToGetMessagesFault/>');
  if (typeof pulled === 'string') return { ...soap(''), body: pulled };
  if (pullsExtend) point.extend(timeoutMs);
  return soap(
    `<tev:PullMessagesResponse>${times('tev', core.now(), point.termination)}${messagesXml(pulled)}</tev:PullMessagesResponse>`,
  );
}

function pullLimits({ settings }: Core): string {
  const { maxTimeoutS, maxMessages } = settings.onvif;
  return (
    `<tev:PullMessagesFaultResponse><tev:MaxTimeout>PT${maxTimeoutS}S</tev:MaxTimeout>` +
    `<tev:MaxMessageLimit>${maxMessages}</tev:MaxMessageLimit></tev:PullMessagesFaultResponse>`
  );
}

function renew({ core, body }: Call, point: PullPoint): SoapReply {
  const until = find(body, NS.wsnt, 'TerminationTime')?.text ?? '';
  const { renewals } = core.settings.onvif;
  const relative = until.startsWith('P');
  if (renewals === 'none' || (renewals === 'absolute' && relative))
    return soapFault('Receiver', 'ter:ActionNotSupported');
  const ms = lifetimeMs(core, until);
  if (ms === undefined)
    return soapFault('Sender', 'ter:InvalidArgVal', '<wsnt:UnacceptableTerminationTimeFault/>');
  point.renew(ms);
  return soap(`<wsnt:RenewResponse>${times('wsnt', core.now(), point.termination)}</wsnt:RenewResponse>`);
}

function eventCapabilities({ core }: Call): SoapReply {
  const { maxPullPoints } = core.settings.onvif;
  return soap(
    `<tev:GetServiceCapabilitiesResponse><tev:Capabilities WSPullPointSupport="true" MaxPullPoints="${maxPullPoints}"/></tev:GetServiceCapabilitiesResponse>`,
  );
}

/** Everything without an expression; undefined where it cannot be read. Prefixes mean what is declared around it. */
function readFilter(expression: XmlNode | undefined): ReturnType<typeof parseTopicFilter> {
  if (expression === undefined) return () => true;
  const dialect = expression.attributes.find(({ name }) => name === 'Dialect')?.value;
  const wire: Record<string, string> = { [NS.topics]: 'tns1', [NS.axisTopics]: 'tnsaxis' };
  const known = Object.entries(expression.scope).flatMap(([prefix, uri]) => {
    const name = Object.hasOwn(wire, uri) ? wire[uri] : undefined;
    return name === undefined ? [] : [[prefix, name] as const];
  });
  return dialect === CONCRETE_SET
    ? parseTopicFilter(expression.text.trim(), Object.fromEntries(known))
    : undefined;
}

/** From now on, of a duration or of a time by the device's clock; undefined where it is neither, or over. */
function lifetimeMs(core: Core, until: string): number | undefined {
  const ms = durationMs(until) ?? Date.parse(until) - core.now();
  return ms > 0 ? ms : undefined;
}

function durationMs(text: string): number | undefined {
  const [whole, h = 0, m = 0, s = 0] =
    /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/.exec(text.trim()) ?? [];
  return whole === undefined ? undefined : (Number(h) * 3600 + Number(m) * 60 + Number(s)) * 1000;
}
