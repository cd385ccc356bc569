// The order of what one connection says of the bridge, on a connection that answers as a broker does, one thing after another.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLossWatch } from '../../../src/mqtt/loss.ts';
import { createPresent } from '../../../src/mqtt/present.ts';
import { createRefusals } from '../../../src/mqtt/refusals.ts';
import { runSession } from '../../../src/mqtt/session.ts';
import { createSuspicion } from '../../../src/mqtt/suspicion.ts';
import { createTakeoverWatch } from '../../../src/mqtt/takeover.ts';
import type { Connection } from '../../../src/mqtt/types.ts';
import { createLog } from '../../../src/util/log.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { createMemoryQueue } from '../../support/memory-queue.ts';

/** Answers after 100 ms; `keeps` takes two round trips. */
function connect(clock: FakeClock) {
  const said: string[] = [];
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
    publish({ payload }, done) {
      said.push(payload);
      clock.after(100, () => done({ outcome: 'ok' }));
    },
    subscribe: async () => undefined,
    unsubscribe: async () => undefined,
    receive: () => undefined,
    keeps: () => new Promise(resolve => clock.after(200, () => resolve(true))),
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
  const loss = createLossWatch('state', () => undefined);
  const run = async (stopAt: number) => {
    const { connection, said } = connect(clock);
    const stop = new AbortController();
    const done = runSession({
      ...{ connection, queue: createMemoryQueue(), present: createPresent(), loss, clock },
      ...{
        suspicion: createSuspicion(),
        takeover: createTakeoverWatch(),
        refusals: createRefusals(log, clock),
      },
      tell: () => undefined,
      state: { topic: 'state', online: 'online', offline: 'offline' },
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
