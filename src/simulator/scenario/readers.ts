// Readers of what stands in a scenario's step: each gives the value, or throws what it wants instead.

import type { SimulatedEvent } from '../emitter.ts';
import type { Refusal } from '../faults.ts';
import type { Values } from '../items.ts';
import { parseDuration } from './duration.ts';

/** What is wrong with a value, in words that follow its name. */
export class Unreadable extends Error {}

export type Raw = Readonly<Record<string, unknown>>;

const OPERATIONS = ['initialized', 'changed', 'deleted'] as const;

export function readDuration(value: unknown): number {
  const ms = parseDuration(value);
  if (ms === undefined) throw new Unreadable('wants a duration such as 500ms, 10s, 5m, 2h');
  return ms;
}

export function readPause(value: unknown): number {
  const ms = readDuration(value);
  if (ms < 0) throw new Unreadable('wants a duration that is not negative');
  return ms;
}

export function readCount(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
    throw new Unreadable('wants a whole number from 1 on');
  }
  return value;
}

export function readText(value: unknown): string {
  if (typeof value !== 'string') throw new Unreadable('wants a text');
  return value;
}

export function readTrue(value: unknown): true {
  if (value !== true) throw new Unreadable('wants true');
  return value;
}

export function readBoolean(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Unreadable('wants true or false');
  return value;
}

export function readRecord(value: unknown, known?: readonly string[]): Raw {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Unreadable('wants names with values');
  }
  const unknown = Object.keys(value).find(name => known && !known.includes(name));
  if (unknown !== undefined)
    throw new Unreadable(`does not know "${unknown}"; it knows ${known?.join(', ')}`);
  return { ...value };
}

/** `{topic, source, key, data, operation, time}`; all but the topic may be absent. */
export function readEvent(value: unknown): SimulatedEvent {
  const raw = readRecord(value, ['topic', 'source', 'key', 'data', 'operation', 'time']);
  if (typeof raw['topic'] !== 'string' || raw['topic'] === '') throw new Unreadable('wants a topic');
  const operation = OPERATIONS.find(name => name === raw['operation']);
  if (raw['operation'] !== undefined && !operation) {
    throw new Unreadable(`wants operation to be one of ${OPERATIONS.join(', ')}`);
  }
  return {
    topic: raw['topic'],
    ...(raw['source'] === undefined ? {} : { source: readValues(raw['source']) }),
    ...(raw['key'] === undefined ? {} : { key: readValues(raw['key']) }),
    ...(raw['data'] === undefined ? {} : { data: readValues(raw['data']) }),
    ...(operation ? { operation } : {}),
    ...(raw['time'] === undefined ? {} : { time: readText(raw['time']) }),
  };
}

/** A status, or `{status, count, keepAliveOnly, path, retryAfter}`; false ends a refusal. */
export function readRefusal(value: unknown): Refusal | null {
  if (value === false) return null;
  const raw = typeof value === 'number' ? { status: value } : value;
  const { status, count, keepAliveOnly, path, retryAfter } = readRecord(raw, [
    'status',
    'count',
    'keepAliveOnly',
    'path',
    'retryAfter',
  ]);
  return {
    status: readCount(status),
    ...(count === undefined ? {} : { count: readCount(count) }),
    ...(keepAliveOnly === undefined ? {} : { keepAliveOnly: readBoolean(keepAliveOnly) }),
    ...(path === undefined ? {} : { path: readText(path) }),
    ...(retryAfter === undefined ? {} : { retryAfter: readCount(retryAfter) }),
  };
}

function readValues(value: unknown): Values {
  const entries = Object.entries(readRecord(value));
  const isScalar = (one: unknown) => ['string', 'number', 'boolean'].includes(typeof one);
  const read = ([name, one]: [string, unknown]): [string, Values[string]] => {
    if (typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean') return [name, one];
    if (Array.isArray(one) && one.every(isScalar)) return [name, one];
    throw new Unreadable(`wants a text, number, true, false, or a list of them for "${name}"`);
  };
  return Object.fromEntries(entries.map(read));
}
