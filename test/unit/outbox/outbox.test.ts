// The outbox on a real disk: what is appended is delivered, in order, over restarts, and every message is accounted for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../../../src/outbox/store.ts';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/temp.ts';
import { append, LIMITS, openOutbox, payloads, row, takeAll } from './helpers.ts';

test('entries come out in the order they went in', async t => {
  const outbox = await openOutbox(await tempDir(t));
  const reader = outbox.queue('main', LIMITS);
  await Promise.all([append(outbox, 'a'), append(outbox, 'b'), append(outbox, 'a')]);
  await append(outbox, 'b');
  assert.deepEqual(payloads(await takeAll(reader, 3)), ['a 1', 'b 1', 'a 2', 'b 2']);
  await outbox.close();
});

test('what was not settled is there after a restart, and sequence numbers go on', async t => {
  const directory = await tempDir(t);
  const first = await openOutbox(directory);
  const reader = first.queue('main', LIMITS);
  await append(first, 'a');
  const [delivered] = await reader.take(1);
  delivered?.settle('published');
  await append(first, 'a');
  await append(first, 'a');
  await first.close();

  const second = await openOutbox(directory);
  const again = second.queue('main', LIMITS);
  await append(second, 'a');
  assert.deepEqual(payloads(await takeAll(again)), ['a 2', 'a 3', 'a 4']);
  await second.close();
});

test('rewinding gives again what was taken and not settled, in the old order', async t => {
  const outbox = await openOutbox(await tempDir(t));
  const reader = outbox.queue('main', LIMITS);
  for (let i = 0; i < 5; i++) await append(outbox, 'a');
  const taken = await reader.take(4);
  taken[1]?.settle('published');
  reader.rewind();
  assert.deepEqual(payloads(await takeAll(reader)), ['a 1', 'a 3', 'a 4', 'a 5']);
  await outbox.close();
});

test('a message for two brokers is queued for both, and each goes its own way', async t => {
  const outbox = await openOutbox(await tempDir(t));
  const main = outbox.queue('main', LIMITS);
  const spare = outbox.queue('spare', LIMITS);
  const entry = {
    device: 'a',
    topic: 't',
    payload: 'p',
    qos: 1,
    retain: false,
    expires: 0,
    id: 'i',
    seq: 1,
  } as const;
  const messages = [
    { broker: 'main', entry },
    { broker: 'spare', entry },
  ];
  await outbox.append({ device: 'a', counts: { received: 1, kept: 1 }, messages });
  for (const delivery of await takeAll(main)) delivery.settle('published');
  assert.equal((await takeAll(spare)).length, 1);
  await append(outbox, 'b');
  const { brokers } = row(outbox, 'a');
  assert.equal(brokers['main']?.published, 1);
  assert.equal(brokers['spare']?.queued, 1);
  await outbox.close();
});

test('a backlog larger than what is kept in memory comes out whole', async t => {
  const outbox = await openOutbox(await tempDir(t));
  const reader = outbox.queue('main', LIMITS);
  await reader.take(1);
  const large = 'x'.repeat(100_000);
  for (let i = 0; i < 120; i++) await append(outbox, 'a', { payload: `${i} ${large}` });
  const taken = await takeAll(reader);
  assert.deepEqual(
    payloads(taken).map(payload => Number.parseInt(payload, 10)),
    Array.from({ length: 120 }, (_, i) => i),
  );
  await outbox.close();
});

test('what is delivered takes no room: nothing that waits goes for it', async t => {
  const outbox = await openOutbox(await tempDir(t));
  const reader = outbox.queue('main', { maxBytes: 100_000, maxAge: 1e9 });
  const payload = 'x'.repeat(900);
  const put = (count: number) =>
    Promise.all(Array.from({ length: count }, () => append(outbox, 'a', { payload })));
  await put(95);
  const taken = await takeAll(reader);
  await put(3);
  for (const delivery of taken) delivery.settle('published');
  await put(20);
  await eventually('they are counted', () => row(outbox, 'a').brokers['main']?.published === 95);
  assert.deepEqual([row(outbox, 'a').brokers['main']?.dropped, (await takeAll(reader)).length], [0, 23]);
  await outbox.close();
});

test('a full queue drops the oldest of the device that fills it most', async t => {
  const outbox = await openOutbox(await tempDir(t));
  const reader = outbox.queue('main', { maxBytes: 20_000, maxAge: 1e9 });
  const payload = 'x'.repeat(900);
  for (let i = 0; i < 5; i++) await append(outbox, 'quiet', { payload });
  for (let i = 0; i < 50; i++) await append(outbox, 'loud', { payload });
  await append(outbox, 'quiet', { payload });
  const taken = await takeAll(reader);
  const loud = taken.filter(({ entry }) => entry.device === 'loud').map(({ entry }) => entry.seq);
  assert.equal(
    taken.filter(({ entry }) => entry.device === 'quiet').length,
    6,
    'the quiet device loses nothing',
  );
  assert.ok(loud.length < 20 && loud.length > 5, `${loud.length} of the loud device are left`);
  assert.deepEqual(
    loud,
    Array.from({ length: loud.length }, (_, i) => 51 - loud.length + i),
    'its newest are left',
  );
  const counts = row(outbox, 'loud').brokers['main'];
  assert.equal(counts?.dropped, 50 - loud.length);
  assert.equal(counts?.queued, loud.length);
  await outbox.close();
});

test('entries older than the limit expire, also while nobody reads', async t => {
  let time = 1_000_000;
  const outbox = await openOutbox(await tempDir(t), { now: () => time });
  const reader = outbox.queue('main', { maxBytes: 1e9, maxAge: 1000 });
  await append(outbox, 'a');
  time += 5000;
  await append(outbox, 'a');
  await new Promise(resolve => setTimeout(resolve, 500));
  await append(outbox, 'a');
  assert.equal(row(outbox, 'a').brokers['main']?.expired, 1);
  assert.deepEqual(payloads(await takeAll(reader)), ['a 2', 'a 3']);
  await outbox.close();
});

test('a backlog that has expired is not read whole before any of it is removed, and what follows comes', async t => {
  let time = 1_000_000;
  const outbox = await openOutbox(await tempDir(t), { now: () => time });
  for (let batch = 0; batch < 600; batch++) await append(outbox, 'a');
  time += 5000;
  await append(outbox, 'b');
  const reader = outbox.queue('main', { maxBytes: 1e9, maxAge: 1000 });
  const taken: string[] = [];
  const take = async () => void taken.push(...payloads(await reader.take(1000)));
  reader.onAvailable(() => void take());
  await take();
  assert.deepEqual(taken, []);
  await eventually('the one that is not too old', () => taken.length === 1);
  assert.deepEqual(taken, ['b 1']);
  await eventually('all that expired', () => row(outbox, 'a').brokers['main']?.expired === 600);
  await outbox.close();
});

test('that a state was given up is told once the rest of its queue is with the reader', async t => {
  let time = 1_000_000;
  const outbox = await openOutbox(await tempDir(t), { now: () => time });
  let told = 0;
  outbox.onOutdated(() => {
    told += 1;
  });
  const reader = outbox.queue('main', { maxBytes: 1e9, maxAge: 1000 });
  await append(outbox, 'a', { retain: true });
  await append(outbox, 'a');
  time += 5000;
  await append(outbox, 'a');
  await eventually('it expires', () => row(outbox, 'a').brokers['main']?.expired === 2);
  await append(outbox, 'a');
  assert.equal(told, 0, 'nobody reads');
  assert.equal((await takeAll(reader)).length, 2);
  await append(outbox, 'a');
  await takeAll(reader);
  await append(outbox, 'a');
  assert.equal(told, 1);
  const expired = () => row(outbox, 'a').brokers['main']?.expired ?? 0;
  for (const seconds of [5, 60]) {
    const before = expired();
    await append(outbox, 'a', { retain: true });
    time += seconds * 1000;
    await append(outbox, 'b');
    await takeAll(reader);
    await eventually('it expires', () => expired() > before);
    await append(outbox, 'b');
  }
  assert.equal(told, 2, 'at most once a minute');
  await outbox.close();
});

test('what is appended before its queue is opened counts in the ledger too', async t => {
  const outbox = await openOutbox(await tempDir(t));
  await append(outbox, 'a');
  const reader = outbox.queue('main', LIMITS);
  for (const delivery of await takeAll(reader)) delivery.settle('published');
  await append(outbox, 'b');
  const counts = row(outbox, 'a').brokers['main'];
  assert.deepEqual([counts?.routed, counts?.published, counts?.queued, counts?.bytes], [1, 1, 0, 0]);
  await outbox.close();
});

test('while the disk refuses, appending waits, and then goes on with nothing lost', async t => {
  let refusals = 3;
  const failing = (store: Store): Store => ({
    ...store,
    commit: changes => (refusals-- > 0 ? Promise.reject(new Error('no space')) : store.commit(changes)),
  });
  const errors: unknown[] = [];
  const outbox = await openOutbox(await tempDir(t), { wrap: failing, onError: error => errors.push(error) });
  const reader = outbox.queue('main', LIMITS);
  await Promise.all([append(outbox, 'a'), append(outbox, 'a')]);
  await append(outbox, 'a');
  assert.equal(errors.length, 3);
  assert.deepEqual(payloads(await takeAll(reader)), ['a 1', 'a 2', 'a 3']);
  await outbox.close();
});

test('the ledger adds up whatever happens to the messages, and over restarts', async t => {
  const directory = await tempDir(t);
  const random = pseudoRandom(7);
  for (let run = 0; run < 4; run++) {
    const outbox = await openOutbox(directory);
    const reader = outbox.queue('main', { maxBytes: 30_000, maxAge: 1e9 });
    for (let step = 0; step < 60; step++) await act(outbox, reader, random);
    check(outbox, 'running');
    const left = row(outbox, 'a');
    await outbox.close();
    const again = await openOutbox(directory);
    assert.equal(row(again, 'a').received, left.received);
    const taken = await takeAll(again.queue('main', LIMITS));
    const queued = again.ledger().reduce((sum, { brokers }) => sum + (brokers['main']?.queued ?? 0), 0);
    assert.equal(taken.length, queued, 'as many are queued as the ledger says');
    await again.close();
  }
});

type Opened = Awaited<ReturnType<typeof openOutbox>>;
type Reader = ReturnType<Opened['queue']>;

async function act(outbox: Opened, reader: Reader, random: () => number): Promise<void> {
  const device = random() < 0.7 ? 'a' : 'b';
  if (random() < 0.2) outbox.count(device, { received: 1, filtered: 1 });
  if (random() < 0.6) await append(outbox, device, { payload: 'x'.repeat(Math.floor(random() * 2000)) });
  if (random() < 0.3) {
    for (const delivery of await reader.take(Math.ceil(random() * 5))) {
      if (random() < 0.8) delivery.settle(random() < 0.9 ? 'published' : 'rejected', 'refused');
    }
  }
  if (random() < 0.1) reader.rewind();
  check(outbox, 'at every step');
}

function check(outbox: Opened, when: string): void {
  for (const { device, received, kept, filtered, merged, brokers } of outbox.ledger()) {
    assert.equal(received, kept + filtered + merged, `${device}: received, ${when}`);
    for (const sums of Object.values(brokers)) {
      const { routed, published, queued, expired, dropped, rejected, redirected } = sums;
      assert.equal(
        routed,
        published + queued + expired + dropped + rejected + redirected,
        `${device}, ${when}`,
      );
      assert.ok(queued >= 0 && sums.bytes >= 0, `${device}: nothing is negative, ${when}`);
    }
  }
}

/** Park and Miller's generator: the same numbers in every run. */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

test('a note whose key is too long for the store is kept all the same, and holds nothing up', async t => {
  const outbox = await openOutbox(await tempDir(t));
  const keys = ['x', 'y'].map(end => `reading/a/object-analytics/${'é'.repeat(3000)}${end}`);
  await outbox.remember(keys.map(key => ({ key, value: key.slice(-1) })));
  await append(outbox, 'a');
  assert.deepEqual(
    keys.map(key => outbox.note(key)),
    ['x', 'y'],
  );
  assert.deepEqual([...outbox.notes('reading/a/')].map(({ value }) => value).sort(), ['x', 'y']);
  for (const { key } of outbox.notes('reading/a/')) await outbox.remember([{ key, value: null }]);
  assert.deepEqual([...outbox.notes('reading/')], []);
  await outbox.close();
});

test('what a queue holds past half of the disk when it is opened is kept; what comes takes its place', async t => {
  const directory = await tempDir(t);
  const payload = 'x'.repeat(9_000);
  const first = await openOutbox(directory);
  first.queue('main', LIMITS);
  for (let i = 0; i < 200; i++) await append(first, 'a', { payload });
  await first.close();

  const second = await openOutbox(directory, { wrap: store => ({ ...store, disk: 2_000_000 }) });
  const reader = second.queue('main', LIMITS);
  await append(second, 'b');
  const counts = () => row(second, 'a').brokers['main'];
  assert.ok((counts()?.dropped ?? 0) <= 4, `${counts()?.dropped} are dropped`);
  for (let i = 0; i < 20; i++) await append(second, 'b', { payload });
  const dropped = counts()?.dropped ?? 0;
  assert.ok(dropped >= 19 && dropped < 40, `${dropped} are dropped`);
  const taken = await takeAll(reader);
  assert.equal(taken.length, 221 - dropped);
  await second.close();
});
