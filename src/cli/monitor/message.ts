// A message that passed at a broker, as far as it is one of the bridge's (DESIGN 3.1).
import { isUtf8 } from 'node:buffer';
import type { Json, Values } from '../../event.ts';
import type { Inbound } from '../../mqtt/types.ts';
import type { EventParts } from '../events/event-line.ts';

const OF_DEVICE = ['event', 'reading', 'availability', 'info', 'gap', 'command', 'result'] as const;
export const KINDS = [...OF_DEVICE, 'bridge', 'other'] as const;
export type MessageKind = (typeof KINDS)[number];

/** Deeper payloads are shown as the text that they are. */
const MAX_DEPTH = 64;

export interface Message {
  inbound: Inbound;
  kind: MessageKind;
  /** The level of the topic or, of an event, what its payload says; of the bridge itself `bridge`. */
  device: string | undefined;
  /** What the topic says besides; of another message, all of it. */
  rest: string;
  text: string;
  /** The payload, where it is JSON. */
  value: Json | undefined;
  /** The payload as an event: on whatever topic a route has put it. */
  event: EventParts | undefined;
}

/** Reads what it can; what is unknown is `other`, and nothing throws. */
export function readMessage(inbound: Inbound, base: string): Message {
  const text = inbound.payload.toString();
  const value = isUtf8(inbound.payload) ? parse(text) : undefined;
  const event = eventOf(value);
  const place = placeOf(inbound.topic, base);
  if (event === undefined) return { inbound, ...place, text, value, event };
  return { inbound, ...place, kind: 'event', device: event.device, text, value, event };
}

function placeOf(topic: string, base: string): Pick<Message, 'kind' | 'device' | 'rest'> {
  const other = { kind: 'other', device: undefined, rest: topic } as const;
  if (!topic.startsWith(`${base}/`)) return other;
  const [device, word, ...rest] = topic.slice(base.length + 1).split('/');
  if (device === 'bridge' && rest.length > 0)
    return { kind: 'bridge', device, rest: [word, ...rest].join('/') };
  const kind = OF_DEVICE.find(known => known === word);
  return kind === undefined ? other : { kind, device, rest: rest.join('/') };
}

function parse(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return isDeeper(value, MAX_DEPTH) ? undefined : value;
  } catch {
    return undefined;
  }
}

function isDeeper(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some(inner => isDeeper(inner, levels - 1));
}

/** Whether a value has items by name. */
export function isValues(value: Json | undefined): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function eventOf(value: Json | undefined): (EventParts & { device: string }) | undefined {
  if (!isValues(value)) return undefined;
  const { device, kind, operation, topic, source, key, data, active, untyped, resync } = value;
  if (typeof device !== 'string' || typeof topic !== 'string') return undefined;
  if (kind !== 'property' && kind !== 'event') return undefined;
  if (!isValues(source) || !isValues(key) || !isValues(data)) return undefined;
  return {
    ...{ device, kind, topic, source, key, data },
    active: typeof active === 'boolean' ? active : undefined,
    operation: OPERATIONS.find(known => known === operation),
    untyped: untyped === true || undefined,
    resync: resync === true || undefined,
  };
}

const OPERATIONS = ['initialized', 'changed', 'deleted'] as const;
