import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DeliveryWatch } from '../../../src/mqtt/delivery-watch.ts';
import { fail } from '../../../src/util/errors.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const QUEUED = { device: 'entrance' };
const PRESENT = { device: '' };

function start() {
  const clock = createFakeClock();
  const said: (string | undefined)[] = [];
  const watch = new DeliveryWatch({ clock, onTrouble: error => void said.push(error?.code) });
  const refuse = (kind: typeof QUEUED, times: number) => {
    for (let n = 0; n < times; n++) watch.refused(kind, 'not authorized');
  };
  return { clock, said, watch, refuse };
}

describe('a broker that takes nothing', () => {
  test('refuses each message: at once a trouble, until it takes one', () => {
    const { said, watch, refuse } = start();
    refuse(PRESENT, 2);
    assert.deepEqual(said, []);
    refuse(QUEUED, 50);
    assert.deepEqual(said, ['BROKER_DENIED']);
    watch.taken(PRESENT);
    assert.deepEqual(said, ['BROKER_DENIED', undefined]);
  });

  test('takes what the bridge says of itself and no event', () => {
    const { said, watch, refuse } = start();
    for (let n = 0; n < 10; n++) {
      refuse(QUEUED, 1);
      watch.taken(PRESENT);
    }
    assert.deepEqual(said, ['BROKER_DENIED']);
    watch.taken(QUEUED);
    assert.deepEqual(said, ['BROKER_DENIED', undefined]);
  });

  test('refuses one of many topics: no trouble', () => {
    const { said, watch, refuse } = start();
    for (let n = 0; n < 100; n++) {
      refuse(QUEUED, 1);
      watch.taken(QUEUED);
    }
    assert.deepEqual(said, []);
  });

  test('is away for a minute, however often it accepts and drops', async () => {
    const { clock, said, watch } = start();
    for (let n = 0; n < 6; n++) {
      assert.deepEqual(said, []);
      watch.failed(fail('CLOSED', 'x'));
      await clock.advance(10_000);
    }
    assert.deepEqual(said, ['CLOSED']);
    watch.failed(fail('BROKER_AUTH', 'x'));
    watch.failed(fail('BROKER_AUTH', 'x'));
    watch.taken(PRESENT);
    assert.deepEqual(said, ['CLOSED', 'BROKER_AUTH', undefined]);
  });

  test('is back within a minute: no trouble, and no timer left', async () => {
    const { clock, said, watch } = start();
    watch.failed(fail('CLOSED', 'x'));
    await clock.advance(50_000);
    watch.taken(PRESENT);
    assert.equal(clock.waiting(), 0);
    await clock.advance(100_000);
    assert.deepEqual(said, []);
  });
});
