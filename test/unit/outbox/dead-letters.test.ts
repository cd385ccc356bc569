// What a broker refused for good is kept within bounds, whoever sends how much of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recoverStore } from '../../../src/outbox/recover.ts';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/temp.ts';
import { append, LIMITS, openOutbox, row, takeAll } from './helpers.ts';

interface Refused {
  device: string;
  topic?: string;
  payload?: string;
}

/** Has a broker refuse them; gives what is kept of it. */
async function refuse(directory: string, messages: readonly Refused[], reason = 'no') {
  const outbox = await openOutbox(directory);
  const reader = outbox.queue('main', LIMITS);
  for (const { device, ...message } of messages) await append(outbox, device, message);
  const devices = new Set(messages.map(({ device }) => device));
  await eventually('they are refused', async () => {
    for (const delivery of await takeAll(reader)) delivery.settle('rejected', reason);
    const counts = [...devices].map(device => row(outbox, device).brokers['main']);
    return counts.every(sums => sums?.queued === 0);
  });
  await outbox.close();
  const { store } = await recoverStore(directory, Date.now());
  const kept = [...store.rejected('main')].map(({ value }) => value);
  await store.close();
  return kept;
}

test('a topic, a payload and a reason are cut', async t => {
  const message = { device: 'a', topic: 't'.repeat(750_000), payload: 'p'.repeat(300_000) };
  const [kept] = await refuse(await tempDir(t), [message], 'r'.repeat(60_000));
  assert.equal(kept?.entry.topic, `${'t'.repeat(1024)}…`);
  assert.equal(kept.entry.payload, `${'p'.repeat(65_536)}…`);
  assert.equal(kept.reason, `${'r'.repeat(1024)}…`);
});

test('a device that has much refused loses its own oldest, and none of another device', async t => {
  const loud = Array.from({ length: 40 }, (_, i) => ({
    device: 'loud',
    payload: `${i} ${'p'.repeat(60_000)}`,
  }));
  const kept = await refuse(await tempDir(t), [{ device: 'quiet' }, ...loud]);
  const numbers = kept.filter(({ entry }) => entry.device === 'loud');
  assert.equal(kept[0]?.entry.device, 'quiet');
  assert.deepEqual(
    numbers.map(({ entry }) => entry.seq),
    Array.from({ length: 17 }, (_, i) => 24 + i),
  );
});

test('of a broker 1,000 messages and 8 MiB are kept, also of what an earlier run left', async t => {
  const directory = await tempDir(t);
  const small = Array.from({ length: 1001 }, () => ({ device: 'a' }));
  assert.equal((await refuse(directory, small)).length, 1000);
  const many = Array.from({ length: 20 }, (_, d) =>
    Array.from({ length: 14 }, () => ({ device: `d${d}`, payload: 'p'.repeat(65_000) })),
  );
  const kept = await refuse(directory, many.flat());
  const bytes = kept.reduce((sum, { entry }) => sum + entry.payload.length, 0);
  assert.ok(bytes < 2 ** 23 && bytes > 7 * 2 ** 20, `${bytes}`);
  assert.ok(
    kept.every(({ entry }) => entry.device !== 'a'),
    'the oldest goes first',
  );
});
