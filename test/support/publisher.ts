// A publisher with a queue in memory, started for one test, and what it reported.
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { createPresent, type PresentReader } from '../../src/mqtt/present.ts';
import { type PublisherOptions, type PublisherState, runPublisher } from '../../src/mqtt/publisher.ts';
import type { BrokerNotes } from '../../src/mqtt/types.ts';
import { systemClock } from '../../src/util/clock.ts';
import { createMemoryQueue, type MemoryQueue } from './memory-queue.ts';

export interface StartedPublisher {
  queue: MemoryQueue;
  present: PresentReader;
  states: PublisherState[];
  /** The log, a JSON object a line. */
  lines: Record<string, unknown>[];
  /** Resolves at the next state for which `test` holds, or one in the past; rejects after a minute. */
  until(test: (state: PublisherState) => boolean): Promise<PublisherState>;
  /** Stops it in good order. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export const BRIDGE = {
  topic: 'axis2mqtt/bridge/main/state',
  checkpoint: 'axis2mqtt/bridge/main/checkpoint',
  online: () => '{"state":"online"}',
  offline: '{"state":"offline"}',
};

type Change = Partial<Omit<PublisherOptions, 'broker'>> & { broker?: Partial<PublisherOptions['broker']> };

/** Starts one for a broker's URL; it is killed with the test. */
export function startPublisher(t: TestContext, url: string, change: Change = {}): StartedPublisher {
  const { broker, ...rest } = change;
  const queue = createMemoryQueue();
  const present = createPresent();
  const states: PublisherState[] = [];
  const waiting = new Set<() => void>();
  const lines: Record<string, unknown>[] = [];
  const stop = new AbortController();
  const kill = new AbortController();
  const done = runPublisher({
    broker: { servers: [url], clientId: 'axis2mqtt-main', protocolVersion: 'auto', ...broker },
    queue,
    present,
    state: BRIDGE,
    notes: createNotes(),
    signal: stop.signal,
    kill: kill.signal,
    clock: systemClock,
    log: pino({ base: null }, { write: line => lines.push(JSON.parse(line)) }),
    onState(state) {
      states.push(state);
      for (const check of [...waiting]) check();
    },
    ...rest,
  });
  const end = async (...controllers: AbortController[]) => {
    for (const controller of controllers) controller.abort();
    await done;
  };
  t.after(() => end(stop, kill));
  return {
    queue,
    present,
    states,
    lines,
    stop: () => end(stop),
    kill: () => end(stop, kill),
    until(test) {
      return new Promise((resolve, reject) => {
        const check = () => {
          const state = states.find(test);
          if (state === undefined) return;
          clearTimeout(timer);
          waiting.delete(check);
          resolve(state);
        };
        const timer = setTimeout(() => reject(new Error(`never so: ${JSON.stringify(states)}`)), 60_000);
        waiting.add(check);
        check();
      });
    },
  };
}

export const isUp = ({ state }: PublisherState) => state === 'up';
export const isDown = ({ state }: PublisherState) => state === 'down';

/** What is remembered of a broker, in memory. */
export function createNotes(): BrokerNotes & { entries: Map<string, string> } {
  const entries = new Map<string, string>();
  return {
    entries,
    get: key => entries.get(key),
    set: (key, value) => void (value === null ? entries.delete(key) : entries.set(key, value)),
  };
}
