// What the cameras of a fleet share, since many are of few models: declarations, filters, and the texts of states.
import { createHash } from 'node:crypto';
import type { Declarations } from '../event.ts';
import { decodeEventInstancesInSteps } from '../protocol/event-instances.ts';
import type { Clock } from '../util/clock.ts';
import { createLimit, type Limit } from '../util/limit.ts';
import { inTurns } from '../util/steps.ts';
import { type Connections, createConnections } from './connections.ts';
import { createFilter, type Filter } from './filter.ts';
import { Serials } from './serials.ts';

/** Different answers remembered; the one that was least recently asked for goes first. */
const ANSWERS_MAX = 32;
/** Texts remembered; a device that invents them must not grow it without end. */
const TEXTS_MAX = 20_000;

/** Devices that are asked who they are at a time, so that a start does not need memory for all of them at once. */
const ASKED_AT_ONCE = 32;
/** A device that takes longer (ms) to say it does not keep the others waiting. */
const SLOW = 1000;

export interface Fleet {
  /** The devices that are connected to, as many as there are descriptors for. */
  connections: Connections;
  /** Runs a task of which only so many may run at a time. */
  limit: Limit;
  /** Reads a GetEventInstances answer; the same text once. Rejects as `decodeEventInstances` throws. */
  decode(text: string): Promise<Declarations>;
  /** The filter of these patterns; one for all cameras that want the same. */
  filter(include: readonly string[], exclude: readonly string[]): Filter;
  /** The same text, but one copy of it for all who keep it. */
  intern(text: string): string;
  /** Which devices tell which serial number. */
  serials: Serials;
}

/** `openFiles`: how many the process may have. */
export function createFleet(clock: Clock, openFiles = Number.POSITIVE_INFINITY): Fleet {
  const answers = new Map<string, Promise<Declarations>>();
  const filters = new Map<string, Filter>();
  const texts = new Map<string, string>();
  return {
    serials: new Serials(),
    connections: createConnections({ openFiles, clock }),
    limit: createLimit({ width: ASKED_AT_ONCE, slow: { ms: SLOW, clock } }),
    decode(text) {
      const key = createHash('sha256').update(text).digest('base64');
      const declarations = answers.get(key) ?? inTurns(decodeEventInstancesInSteps(text));
      answers.delete(key);
      answers.set(key, declarations);
      declarations.catch(() => answers.delete(key));
      if (answers.size > ANSWERS_MAX) answers.delete(answers.keys().next().value as string);
      return declarations;
    },
    filter(include, exclude) {
      const key = JSON.stringify([include, exclude]);
      const filter = filters.get(key) ?? createFilter(include, exclude);
      filters.set(key, filter);
      return filter;
    },
    intern(text) {
      const known = texts.get(text);
      if (known !== undefined) return known;
      if (texts.size >= TEXTS_MAX) texts.clear();
      texts.set(text, text);
      return text;
    },
  };
}
