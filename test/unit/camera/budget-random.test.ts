import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Delivery } from '../../../src/camera/outlet.ts';
import { seeded } from '../../support/random.ts';
import { type Kind, setup } from './budget-setup.ts';

describe('whatever a device sends, the ledger adds up, the rate is kept, and the last state is published', () => {
  for (let round = 1; round <= 20; round++) test(`round ${round}`, t => tryOut(seeded(t)));
});

async function tryOut(random: () => number): Promise<void> {
  const budget = 1 + Math.floor(random() * 5);
  const ports = 1 + Math.floor(random() * 8);
  const set = setup(budget);
  const { clock, send, sent, published, times, outlet } = set;
  const last = new Map<string, number>();
  const free = new Set<number>();
  for (let step = 0; step < 400; step++) {
    const port = Math.floor(random() * ports);
    const kind = kindAt(random());
    const before = times.length;
    void send(port, kind);
    if (kind !== 'pulse') last.set(String(port), sent());
    if (kind === 'initialized' || kind === 'deleted') {
      assert.equal(published().at(-1), String(sent()), 'it is never merged');
      // What waited of it goes with it.
      for (let at = before; at < times.length; at++) free.add(at);
    }
    const waiting = sent() - times.length - countMerged(set);
    assert.ok(waiting >= 0 && waiting <= ports, 'each is counted once, or waits');
    if (random() < 0.3) await clock.advance(Math.floor(random() * random() * 2000));
  }
  checkRate(
    times.filter((_, at) => !free.has(at)),
    budget,
  );
  await (random() < 0.5 ? outlet.remember([]) : clock.advance(60_000));
  await clock.advance(0);
  assert.equal(set.settled(), sent(), 'every emit resolves');
  assert.equal(times.length + countMerged(set), sent(), 'the ledger adds up');
  checkStates(set.deliveries, last);
}

function kindAt(random: number): Kind {
  if (random < 0.75) return 'changed';
  if (random < 0.9) return 'pulse';
  return random < 0.95 ? 'initialized' : 'deleted';
}

function countMerged({ order }: ReturnType<typeof setup>): number {
  return order.filter(what => what === 'merged').length;
}

function checkStates(deliveries: readonly Delivery[], last: ReadonlyMap<string, number>): void {
  const shown = new Map<string, number>();
  for (const { event } of deliveries.filter(({ event }) => event.kind === 'property')) {
    const [port, number] = [String(event.source['port']), Number(event.data['state'])];
    assert.ok(number > (shown.get(port) ?? 0), 'each property in order');
    shown.set(port, number);
  }
  assert.deepEqual(new Map([...shown].sort()), new Map([...last].sort()), 'the last state of each property');
}

/** In no time is more published than the burst and what the budget gave meanwhile. */
function checkRate(times: readonly number[], budget: number): void {
  for (const [first, from] of times.entries()) {
    for (const [more, to] of times.slice(first).entries()) {
      const most = budget * (10 + (to - from) / 1000);
      assert.ok(more + 1 <= most + 1e-6, `${more + 1} in ${to - from} ms`);
    }
  }
}
