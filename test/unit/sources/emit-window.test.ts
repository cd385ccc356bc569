import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Notification } from '../../../src/event.ts';
import { createEmitWindow } from '../../../src/sources/emit-window.ts';

const asked = (monotonic: number) => ({ time: monotonic, monotonic });

/** A window of which a test settles each emit, by its number. */
function setup() {
  const open = new Map<string, { resolve(): void; reject(error: Error): void }>();
  const caughtUp: [number, string | undefined][] = [];
  const failures: unknown[] = [];
  const window = createEmitWindow({
    emit: ({ topic }) => new Promise((resolve, reject) => open.set(topic, { resolve, reject })),
    caughtUp: ({ monotonic }, lastTime) => void caughtUp.push([monotonic, lastTime]),
    full: () => {},
    free: () => {},
    failed: error => void failures.push(error),
  });
  window.start();
  const push = (...topics: string[]) => {
    for (const topic of topics) window.push(notification(topic));
  };
  const settle = async (...topics: string[]) => {
    for (const topic of topics) open.get(topic)?.resolve();
    await setImmediate();
  };
  return { window, push, settle, open, caughtUp, failures };
}

function notification(topic: string, time: string | null = `${topic}Z`): Notification {
  return { topic, time, source: [], key: [], data: [] };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));

describe('an answer proves that all is heard', () => {
  test('at once where nothing is open', () => {
    const { window, caughtUp } = setup();
    window.answered(asked(1));
    assert.deepEqual(caughtUp, [[1, undefined]]);
  });

  test('once all that came before it is durable, whatever comes behind it', async () => {
    const { window, push, settle, caughtUp } = setup();
    push('a', 'b');
    window.answered(asked(1));
    push('c');
    await settle('b');
    assert.deepEqual(caughtUp, []);
    await settle('a');
    assert.deepEqual(caughtUp, [[1, 'bZ']]);
  });

  test('not before an earlier one', async () => {
    const { window, push, settle, caughtUp } = setup();
    push('a');
    window.answered(asked(1));
    push('b');
    window.answered(asked(2));
    await settle('b');
    assert.deepEqual(caughtUp, []);
    await settle('a');
    assert.deepEqual(caughtUp, [
      [1, 'aZ'],
      [2, 'bZ'],
    ]);
  });

  test('not before what still waits for room', async () => {
    const { window, push, settle, caughtUp, open } = setup();
    push(...numbers(65));
    window.answered(asked(1));
    await settle(...numbers(63));
    assert.equal(open.size, 65);
    await settle('63');
    assert.deepEqual(caughtUp, []);
    await settle('64');
    assert.deepEqual(caughtUp, [[1, '64Z']]);
  });

  test('not where the stream is not open yet', async () => {
    const { window: _, ...others } = setup();
    const early = createEmitWindow({
      emit: async () => {},
      caughtUp: ({ monotonic }) => void others.caughtUp.push([monotonic, undefined]),
      full: () => {},
      free: () => {},
      failed: () => {},
    });
    early.push(notification('a'));
    early.answered(asked(1));
    await setImmediate();
    assert.deepEqual(others.caughtUp, []);
    early.start();
    await setImmediate();
    assert.deepEqual(others.caughtUp, [[1, undefined]]);
  });

  test('never where one before it was not taken', async () => {
    const { window, push, open, settle, caughtUp, failures } = setup();
    push('a');
    window.answered(asked(1));
    push('b');
    window.answered(asked(2));
    open.get('a')?.reject(new Error('full'));
    await settle('b');
    assert.equal(failures.length, 1);
    assert.deepEqual(caughtUp, []);
  });

  test('with the last time that the device said', async () => {
    const { window, push, settle, caughtUp } = setup();
    push('a');
    window.push(notification('b', null));
    window.answered(asked(1));
    await settle('a', 'b');
    assert.deepEqual(caughtUp, [[1, 'aZ']]);
  });
});
