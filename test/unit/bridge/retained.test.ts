// Which retained topics are written down, and how many at most.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRetainedMemory } from '../../../src/bridge/retained.ts';
import { saidPulse } from '../../support/notification.ts';
import { occurrence } from '../routing/helper.ts';

test('a topic is written down once; a device that invents topics has 10,000 of them written down', () => {
  const remember = createRetainedMemory();
  const delivery = { ...occurrence(saidPulse()), place: 'p', fresh: false, notes: [] };
  const noted = (topic: string, clears = false) => {
    const shared = { broker: 'main', route: 'route', qos: 1, lifetime: 0, render: () => '' } as const;
    return remember([{ ...shared, topic, retain: !clears, clears }], delivery).length;
  };
  assert.deepEqual([noted('t0'), noted('t0')], [1, 0]);
  for (let i = 1; i < 10_000; i++) assert.equal(noted(`t${i}`), 1);
  assert.equal(noted('one more'), 0);
  assert.equal(noted('t0', true), 1, 'one that is cleared');
  assert.equal(noted('one more'), 1, 'makes room');
});
