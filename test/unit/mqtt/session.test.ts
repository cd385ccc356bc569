// The order of what one connection says of the bridge, on a connection that answers as a broker does, one thing after another.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeliveryWatch } from '../../../src/mqtt/delivery-watch.ts';
import { LossWatch } from '../../../src/mqtt/loss.ts';
import { PoisonSearch } from '../../../src/mqtt/poison.ts';
import { createPresent } from '../../../src/mqtt/present.ts';
import { Quarantine } from '../../../src/mqtt/quarantine.ts';
import { createRefusals } from '../../../src/mqtt/refusals.ts';
import { Retention } from '../../../src/mqtt/retention.ts';
import { runSession } from '../../../src/mqtt/session.ts';
import { createTakeoverWatch } from '../../../src/mqtt/takeover.ts';
import type { Connection } from '../../../src/mqtt/types.ts';
import { createLog } from '../../../src/util/log.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { createMemoryQueue } from '../../support/memory-queue.ts';
import { createNotes } from '../../support/publisher.ts';

/** Answers after 100 ms; what is retained takes two round trips. */
function connect(clock: FakeClock) {
  const said: string[] = [];
  const kept = new Map<string, string>();
  let end: (error: undefined) => void = () => undefined;
  const ended = new Promise<undefined>(resolve => {
    end = resolve;
  });
  const connection: Connection = {
    version: 5,
    server: 'mqtt://broker',
    limits: {
      receiveMaximum: 100,
      receiveMaximumQoS2: 100,
      maximumQoS: 2,
      retainAvailable: true,
      maximumPacketSize: 1e9,
    },
    ended,
    writable: () => true,
    onWritable: () => undefined,
    publish({ topic, payload }, done) {
      kept.set(topic, payload);
      said.push(payload);
      clock.after(100, () => done({ outcome: 'ok' }));
    },
    subscribe: async () => undefined,
    unsubscribe: async () => undefined,
    receive: () => undefined,
    retained: topic => new Promise(resolve => clock.after(200, () => resolve(kept.get(topic) ?? ''))),
    async close() {
      said.push('DISCONNECT');
      end(undefined);
    },
    destroy: () => end(undefined),
  };
  return { connection, said };
}

test('a stop at any moment of a connection leaves `offline` as the last word', async () => {
  const clock = createFakeClock();
  const log = createLog({ level: 'silent' });
  const present = createPresent();
  const notes = createNotes();
  const loss = new LossWatch({ topic: 'checkpoint', present, notes, clock, onLost: () => undefined });
  const run = async (stopAt: number) => {
    const { connection, said } = connect(clock);
    const stop = new AbortController();
    const done = runSession({
      ...{ connection, queue: createMemoryQueue(), present, loss, clock },
      ...{
        poison: new PoisonSearch(),
        quarantine: new Quarantine({ clock, log, notes }),
        takeover: createTakeoverWatch(),
        retention: new Retention(clock),
        refusals: createRefusals(log, clock),
        delivery: new DeliveryWatch({ clock, onTrouble: () => undefined }),
      },
      tell: () => undefined,
      state: { topic: 'state', checkpoint: 'checkpoint', online: () => 'online', offline: 'offline' },
      signal: stop.signal,
      move: new AbortController().signal,
      drainMs: 1000,
    });
    await clock.advance(stopAt);
    stop.abort();
    await clock.advance(5_000);
    await done;
    return said.slice(-2);
  };
  // The first one retains something, so that the next ones look whether it is still there.
  for (const stopAt of [1_000, 50, 150, 250, 350])
    assert.deepEqual(await run(stopAt), ['offline', 'DISCONNECT']);
});
