// A simulated device that is polled: from who walks by to what its subscribers are told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runPolling } from '../../../src/camera/polling/polling.ts';
import { createDevice } from '../../../src/simulator/simulator.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { secret } from '../../../src/util/secret.ts';
import { eventually } from '../../support/eventually.ts';
import { addressOf } from '../../support/http-device.ts';
import { createHouse } from './helper.ts';

test('counts arrive with what they grew by; a port that opens is told, the others are not told again', async t => {
  const device = createDevice();
  t.after(() => device.stop());
  const { httpPort } = await device.start();
  const house = createHouse();
  const stop = new AbortController();
  const done = runPolling({
    polls: [
      { api: 'people-counter', every: 50, publish: 'changes' },
      { api: 'io', every: 50, publish: 'changes' },
    ],
    device: 'door',
    serial: () => device.serial,
    labels: { site: 'lund' },
    address: addressOf(httpPort, { password: secret('pass') }),
    notes: house.notes,
    outlet: house.outlet,
    clock: systemClock,
    log: { error: () => {}, warn: () => {}, info: () => {} },
    signal: stop.signal,
    random: () => 0,
  });
  await eventually('the first readings', () => house.readings.length === 4);
  device.counted.people.in += 3;
  device.counted.ports[0] = { name: 'Door', direction: 'input', closed: true, normallyClosed: false };
  await eventually('the changes', () => house.readings.length === 6);
  stop.abort();
  await done;
  const changes = house.readings.slice(4).sort((a, b) => (a.at < b.at ? -1 : 1));
  assert.deepEqual(
    changes.map(({ at, payload }) => [at, payload?.['delta']]),
    [
      ['io/0', undefined],
      ['people-counter', { in: 3, out: 0 }],
    ],
  );
  const state = changes[0]?.payload?.['values'] as Record<string, unknown>;
  assert.deepEqual([state['name'], state['state']], ['Door', 'closed']);
});
