// A broker that remembers, forgets or is restored, as far as the number that is retained there goes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LossWatch } from '../../../src/mqtt/loss.ts';
import { createPresent } from '../../../src/mqtt/present.ts';
import type { Connection } from '../../../src/mqtt/types.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createNotes } from '../../support/publisher.ts';

const TOPIC = 'axis2mqtt/bridge/main/checkpoint';
const ALL = { roomFor: () => 1e9, mustWait: () => false };

function start({ shows = true, notes = createNotes() } = {}) {
  const clock = createFakeClock();
  const present = createPresent();
  const kept = new Map<string, string>();
  let lost = 0;
  const onLost = () => {
    lost += 1;
  };
  const connection = {
    server: 'mqtt://b:1883',
    limits: { retainAvailable: true, maximumQoS: 1 },
    publish({ topic, payload }: { topic: string; payload: string }, settled: (result: object) => void) {
      kept.set(topic, payload);
      settled({ outcome: 'ok' });
    },
    retained: async (topic: string) => (shows ? (kept.get(topic) ?? '') : ''),
  } as unknown as Connection;
  const watch = new LossWatch({ topic: TOPIC, present, notes, clock, onLost });
  return {
    ...{ clock, present, kept, notes, watch, connection },
    lost: () => lost,
    /** A connection up to the moment at which the pump begins; what it then sends of the present state arrives. */
    async connect() {
      await watch.before(connection);
      await watch.after(connection);
      present.restart();
      this.send();
    },
    send() {
      for (let next = present.next(ALL); next !== undefined; next = present.next(ALL)) {
        kept.set(next.topic, next.payload);
        watch.acknowledged(next);
      }
    },
    /** A state is published, and a moment goes by. */
    async state(payload: string) {
      kept.set('state', payload);
      watch.acknowledged({ topic: 'state', payload });
      await clock.advance(1_000);
      this.send();
    },
  };
}

describe('a broker', () => {
  test('that keeps all is left alone, also by the next run', async () => {
    const one = start();
    await one.connect();
    await one.state('1');
    await one.connect();
    assert.equal(one.lost(), 0);
    const next = start({ notes: one.notes });
    for (const [topic, payload] of one.kept) next.kept.set(topic, payload);
    await next.connect();
    assert.equal(next.lost(), 0);
  });

  test('that was restored from an older copy lacks what came after', async () => {
    const one = start();
    await one.connect();
    await one.state('1');
    const copy = new Map(one.kept);
    await one.state('2');
    for (const [topic, payload] of copy) one.kept.set(topic, payload);
    await one.connect();
    assert.equal(one.lost(), 1);
    await one.connect();
    assert.equal(one.lost(), 1);
  });

  test('that has forgotten is found out once, and by the next run where this one ends before it is said anew', async () => {
    const one = start();
    await one.connect();
    one.kept.clear();
    const next = start({ notes: one.notes });
    await next.watch.before(next.connection);
    assert.equal(next.lost(), 1);
    // The connection breaks here.
    await one.watch.before(one.connection);
    await one.connect();
    assert.equal(one.lost(), 1);
  });

  test('that does not show what it retains is never found to have lost it', async () => {
    const one = start({ shows: false });
    for (let n = 0; n < 3; n++) await one.connect();
    assert.equal(one.lost(), 0);
    assert.equal(one.present.next(ALL), undefined);
  });

  test('that ends the connection at the question is not asked for ever', async () => {
    const one = start();
    await one.connect();
    let asked = 0;
    const connection = {
      ...one.connection,
      retained: async () => {
        asked += 1;
        return undefined;
      },
    };
    for (let n = 0; n < 10; n++) await one.watch.before(connection);
    assert.equal(asked, 2);
    await one.clock.advance(60 * 60_000);
    await one.watch.before(connection);
    assert.equal(asked, 3);
    assert.equal(one.lost(), 0);
  });

  test('many states in a moment cost one number, and a stop leaves no timer', async () => {
    const one = start();
    await one.connect();
    const before = JSON.parse(one.kept.get(TOPIC) ?? '').number;
    for (let n = 0; n < 100; n++) one.watch.acknowledged({ topic: `state/${n}`, payload: '1' });
    await one.clock.advance(1_000);
    one.send();
    assert.equal(JSON.parse(one.kept.get(TOPIC) ?? '').number, before + 1);
    one.watch.acknowledged({ topic: 'state', payload: '2' });
    one.watch.stop();
    assert.equal(one.clock.waiting(), 0);
  });
});
