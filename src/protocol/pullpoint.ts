// ONVIF pull points (PROTOCOLS 3): the requests that go out, and what their answers say.
import { randomUUID } from 'node:crypto';
import { fail } from '../util/errors.ts';
import { NS } from './namespaces.ts';
import { escapeXml } from './xml-escape.ts';
import { child, writeXml, type XmlElement } from './xml-tree.ts';
import { formatDuration, parseDateTime, parseDuration } from './xs-time.ts';

/** One request: its WS-Addressing action and the content of its body. */
export interface OnvifRequest {
  action: string;
  body: string;
}

/** A device's times, in milliseconds by its own clock; undefined where it does not say them. */
export interface Lease {
  current: number | undefined;
  termination: number | undefined;
}

/** Where a pull point is: the address as the device gave it, and the header that has to be sent along (PROTOCOLS 3.1). */
export interface PullPoint {
  address: string;
  /** XML. */
  parameters: string;
}

export interface PullLimits {
  timeoutMs: number;
  messages: number;
}

const EVENTS = `${NS.tev}/EventPortType`;
const PULLS = `${NS.tev}/PullPointSubscription`;
const MANAGER = 'http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager';
const CONCRETE_SET = `${NS.tev.slice(0, -'/events/wsdl'.length)}/tev/topicExpression/ConcreteSet`;
/** Stands for no address at all (WS-Addressing 1.0 Core §2.1). */
export const ANONYMOUS = 'http://www.w3.org/2005/08/addressing/anonymous';
/** It is kept, and goes out with every request. */
const MAX_REFERENCE = 16 * 1024;

/** `topics` is a ConcreteSet expression with the prefixes tns1 and tnsaxis; without one, everything. `until` as for `renew`. */
export function createPullPoint(topics: string | undefined, until: string): OnvifRequest {
  const filter =
    topics === undefined
      ? ''
      : `<tev:Filter><wsnt:TopicExpression xmlns:tns1="${NS.topics}" xmlns:tnsaxis="${NS.axisTopics}" ` +
        `Dialect="${CONCRETE_SET}">${escapeXml(topics)}</wsnt:TopicExpression></tev:Filter>`;
  const time = `<tev:InitialTerminationTime>${until}</tev:InitialTerminationTime>`;
  return {
    action: `${EVENTS}/CreatePullPointSubscriptionRequest`,
    body: `<tev:CreatePullPointSubscription xmlns:tev="${NS.tev}" xmlns:wsnt="${NS.wsnt}">${filter}${time}</tev:CreatePullPointSubscription>`,
  };
}

export function pullMessages({ timeoutMs, messages }: PullLimits): OnvifRequest {
  const limits = `<tev:Timeout>${formatDuration(timeoutMs)}</tev:Timeout><tev:MessageLimit>${messages}</tev:MessageLimit>`;
  return {
    action: `${PULLS}/PullMessagesRequest`,
    body: `<tev:PullMessages xmlns:tev="${NS.tev}">${limits}</tev:PullMessages>`,
  };
}

/** `until` is a duration, or a time by the device's clock. */
export function renew(until: string): OnvifRequest {
  const time = `<wsnt:TerminationTime>${until}</wsnt:TerminationTime>`;
  return {
    action: `${MANAGER}/RenewRequest`,
    body: `<wsnt:Renew xmlns:wsnt="${NS.wsnt}">${time}</wsnt:Renew>`,
  };
}

export const SYNCHRONIZE: OnvifRequest = {
  action: `${PULLS}/SetSynchronizationPointRequest`,
  body: `<tev:SetSynchronizationPoint xmlns:tev="${NS.tev}"/>`,
};

export const UNSUBSCRIBE: OnvifRequest = {
  action: `${MANAGER}/UnsubscribeRequest`,
  body: `<wsnt:Unsubscribe xmlns:wsnt="${NS.wsnt}"/>`,
};

/** The header of a request to a pull point, or to the services. */
export function addressing(action: string, point?: PullPoint): string {
  const own = (name: string, content: string) =>
    `<wsa:${name} xmlns:wsa="${NS.wsa}">${content}</wsa:${name}>`;
  // Who wants an answer says where to and to what (WS-Addressing 1.0 Core §3.4).
  const head =
    own('Action', escapeXml(action)) +
    own('MessageID', `urn:uuid:${randomUUID()}`) +
    own('ReplyTo', `<wsa:Address>${ANONYMOUS}</wsa:Address>`);
  if (point === undefined) return head;
  return head + own('To', escapeXml(point.address)) + point.parameters;
}

/** Goes back as it came, marked (WS-Addressing 1.0 SOAP Binding §3.3). */
function referenceParameter(element: XmlElement): string {
  const prefix = element.prefix === 'wsa' ? 'wsa5' : 'wsa';
  return writeXml(element, ` xmlns:${prefix}="${NS.wsa}" ${prefix}:IsReferenceParameter="true"`);
}

/**
 * The pull point that was created, and how long it has been given.
 * @throws PROTOCOL where none is named; TOO_LARGE where more has to be sent along than makes sense.
 */
export function readPullPoint(body: XmlElement): PullPoint & { lease: Lease } {
  const reference = child(body, 'SubscriptionReference');
  const address = reference && child(reference, 'Address')?.text.trim();
  if (reference === undefined || address === undefined)
    throw fail('PROTOCOL', 'its answer names no subscription');
  const elements = child(reference, 'ReferenceParameters')?.children ?? [];
  const parameters = elements.map(referenceParameter).join('');
  if (address.length + parameters.length > MAX_REFERENCE)
    throw fail('TOO_LARGE', `its reference to the subscription is longer than ${MAX_REFERENCE}`);
  return { address, parameters, lease: readLease(body) };
}

export function readLease(body: XmlElement): Lease {
  const time = (name: string) => parseDateTime(child(body, name)?.text ?? '');
  return { current: time('CurrentTime'), termination: time('TerminationTime') };
}

/** How long a lease lasts from now on; undefined where it makes no sense (PROTOCOLS 3.3: not by our own clock). */
export function leaseMs({ current, termination }: Lease): number | undefined {
  const ms = (termination ?? Number.NaN) - (current ?? Number.NaN);
  return ms > 0 ? ms : undefined;
}

/** The limits that a fault names (PullMessagesFaultResponse), as far as they are tighter than those asked for. */
export function readPullLimits(limits: XmlElement, asked: PullLimits): PullLimits {
  const timeoutMs = parseDuration(child(limits, 'MaxTimeout')?.text ?? '') ?? asked.timeoutMs;
  const messages = Number(child(limits, 'MaxMessageLimit')?.text.trim() || asked.messages);
  return {
    timeoutMs: Math.min(asked.timeoutMs, Math.max(1_000, timeoutMs)),
    messages: Math.min(asked.messages, messages >= 1 ? Math.floor(messages) : asked.messages),
  };
}
