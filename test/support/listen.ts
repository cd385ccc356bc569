// Runs a source on a stopped clock and keeps what it says.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Notification, Unreadable } from '../../src/event.ts';
import type { OpenDetail, Source, SourceContext } from '../../src/sources/source.ts';
import { type ErrorCode, isBridgeError } from '../../src/util/errors.ts';
import { createLog } from '../../src/util/log.ts';
import type { Moment } from '../../src/util/moment.ts';
import type { DeviceAddress } from '../../src/vapix/address.ts';
import { createFakeClock } from './fake-clock.ts';

export interface Listening {
  emitted: Notification[];
  opened: OpenDetail[];
  counts: Map<string, number>;
  /** What it was asked and has answered, and its own time before. */
  caughtUp: [asOf: Moment, lastTime: string | undefined][];
  unreadable: Unreadable[];
  /** When events were lost within the stream. */
  missed: number[];
  /** Settles with the source. */
  done: Promise<void>;
  stop(): void;
  clock: ReturnType<typeof createFakeClock>;
}

export interface ListenOptions extends Partial<SourceContext> {
  source: Source;
  address: DeviceAddress;
}

/** Listens to that address until the test ends; nothing may be emitted before the stream is open. */
export function listen(t: Pick<TestContext, 'after'>, { source, ...changes }: ListenOptions): Listening {
  const abort = new AbortController();
  const clock = createFakeClock();
  const emitted: Notification[] = [];
  const opened: OpenDetail[] = [];
  const caughtUp: Listening['caughtUp'] = [];
  const counts = new Map<string, number>();
  const unreadable: Unreadable[] = [];
  const missed: number[] = [];
  const done = source({
    include: ['**'],
    clock,
    log: createLog({ level: 'silent' }),
    signal: abort.signal,
    opened: detail => void opened.push(detail),
    async emit(notification) {
      assert.equal(opened.length, 1);
      emitted.push(notification);
    },
    caughtUp: (...heard) => void caughtUp.push(heard),
    count: (counter, by = 1) => void counts.set(counter, (counts.get(counter) ?? 0) + by),
    unreadable: what => void unreadable.push(what),
    missed: () => void missed.push(clock.now()),
    ...changes,
  });
  done.catch(() => undefined);
  t.after(() => abort.abort());
  return { emitted, opened, caughtUp, counts, unreadable, missed, done, stop: () => abort.abort(), clock };
}

/** Waits up to a minute for it to come true. */
export async function until(what: () => boolean): Promise<void> {
  for (const end = performance.now() + 60_000; !what() && performance.now() < end; ) await setTimeout(5);
  assert.ok(what(), what.toString());
}

/** The source ends with that error. */
export function ends(done: Promise<void>, code: ErrorCode, detail = /./): Promise<void> {
  return assert.rejects(
    done,
    error => isBridgeError(error) && error.code === code && detail.test(error.message),
  );
}
