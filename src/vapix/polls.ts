// What can be read regularly, by the names of the configuration.
import { createIoPoll } from './io-ports.ts';
import { pollObjectAnalytics } from './object-analytics.ts';
import { createPeopleCounterPoll } from './people-counter.ts';
import type { Poll } from './poll.ts';
import { pollQueue } from './queue.ts';
import { pollStorage } from './storage.ts';
import { pollSystem } from './system.ts';
import { pollTemperature } from './temperature.ts';

/** Makes the poll of an API for one device: some remember what that device has. */
export const POLLS = {
  'people-counter': createPeopleCounterPoll,
  'object-analytics': () => pollObjectAnalytics,
  queue: () => pollQueue,
  io: createIoPoll,
  temperature: () => pollTemperature,
  storage: () => pollStorage,
  system: () => pollSystem,
} as const satisfies Record<string, () => Poll>;

export type PollApi = keyof typeof POLLS;
