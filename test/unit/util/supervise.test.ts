import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ErrorCode, fail } from '../../../src/util/errors.ts';
import { type Down, type SuperviseOptions, supervise, type Up } from '../../../src/util/supervise.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

/** A supervised thing that is driven by hand. */
function start(change: Partial<SuperviseOptions> = {}) {
  const clock = createFakeClock();
  const stop = new AbortController();
  const downs: (Down & { code: ErrorCode })[] = [];
  const ups: Up[] = [];
  let runs = 0;
  let end: (error?: unknown) => void = () => {};
  let up = () => {};
  const done = supervise({
    clock,
    signal: stop.signal,
    random: () => 1,
    run(signal, isUp) {
      runs += 1;
      up = isUp;
      return new Promise((resolve, reject) => {
        end = error => (error === undefined ? resolve() : reject(error));
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    },
    onDown: (error, down) => downs.push({ code: error.code, ...down }),
    onUp: report => ups.push(report),
    ...change,
  });
  return {
    clock,
    stop,
    downs,
    ups,
    done,
    runs: () => runs,
    up: () => up(),
    async fail(code: ErrorCode) {
      end(fail(code, 'test'));
      await clock.advance(0);
    },
    end: (error?: unknown) => end(error),
  };
}

type Started = ReturnType<typeof start>;

async function failTimes(it: Started, times: number, code: ErrorCode = 'UNREACHABLE') {
  for (let n = 0; n < times; n++) {
    await it.fail(code);
    await it.clock.advance(it.downs.at(-1)?.waitMs ?? 0);
  }
}

describe('supervise: when it tries again', () => {
  test('waits double from 1 s to 60 s, and jitter takes any share of that', async () => {
    const it = start();
    await failTimes(it, 8);
    assert.deepEqual(
      it.downs.map(({ waitMs }) => waitMs / 1000),
      [1, 2, 4, 8, 16, 32, 60, 60],
    );
    assert.deepEqual(
      it.downs.map(({ attempt }) => attempt),
      [1, 2, 3, 4, 5, 6, 7, 8],
    );
    const jittered = start({ random: () => 0.25 });
    await failTimes(jittered, 3);
    assert.deepEqual(
      jittered.downs.map(({ waitMs }) => waitMs),
      [250, 500, 1000],
    );
  });

  test('does not run before the wait is over', async () => {
    const it = start();
    await it.fail('UNREACHABLE');
    await it.clock.advance(999);
    assert.equal(it.runs(), 1);
    await it.clock.advance(1);
    assert.equal(it.runs(), 2);
  });

  test('waits start anew after 30 s of being up, not sooner', async () => {
    const it = start();
    await failTimes(it, 3);
    it.up();
    await it.clock.advance(29_999);
    await failTimes(it, 1);
    assert.equal(it.downs.at(-1)?.waitMs, 8_000);
    it.up();
    await it.clock.advance(30_000);
    await failTimes(it, 1);
    assert.deepEqual([it.downs.at(-1)?.waitMs, it.downs.at(-1)?.attempt], [1_000, 1]);
  });

  test('a refused login waits five minutes, and Retry-After is obeyed', async () => {
    const it = start();
    await failTimes(it, 1, 'AUTH');
    it.end(fail('BUSY', 'test', { retryAfter: 42 }));
    await it.clock.advance(0);
    assert.deepEqual(
      it.downs.map(({ waitMs }) => waitMs),
      [300_000, 42_000],
    );
  });

  for (const code of [
    'TLS',
    'NOT_FOUND',
    'FORBIDDEN',
    'UNSUPPORTED',
    'REDIRECT',
    'INSECURE',
    'BROKER_REFUSED',
  ] as const)
    test(`${code} rests for five minutes, but half a minute at most where it was up before`, async () => {
      const it = start();
      await failTimes(it, 1, code);
      it.up();
      await failTimes(it, 7, code);
      const remembered = start({ wasUp: true });
      await failTimes(remembered, 1, code);
      const waits = [...it.downs, ...remembered.downs].map(({ waitMs }) => waitMs / 1000);
      assert.deepEqual(waits, [300, 2, 4, 8, 16, 30, 30, 30, 1]);
    });

  for (const code of ['AUTH', 'BROKER_AUTH'] as const)
    test(`${code} where it was up before is tried three times in any five minutes at most`, async () => {
      const it = start({ wasUp: true, random: () => 0 });
      await failTimes(it, 4, code);
      it.up();
      await failTimes(it, 2, code);
      const waits = it.downs.map(({ waitMs }) => waitMs / 1000);
      assert.deepEqual(waits, [25, 28, 300, 300, 25, 28]);
    });

  test('another device rests for five minutes all the same', async () => {
    const it = start({ wasUp: true });
    await failTimes(it, 1, 'WRONG_DEVICE');
    assert.equal(it.downs[0]?.waitMs, 300_000);
  });

  test('Retry-After makes no wait shorter, nor longer than an hour', async () => {
    const it = start();
    for (const [code, retryAfter] of [
      ['FORBIDDEN', 0],
      ['BUSY', 0],
      ['BUSY', 999_999],
    ] as const) {
      it.end(fail(code, 'test', { retryAfter }));
      await it.clock.advance(0);
      await it.clock.advance(it.downs.at(-1)?.waitMs ?? 0);
    }
    assert.deepEqual(
      it.downs.map(({ waitMs }) => waitMs),
      [300_000, 2_000, 3_600_000],
    );
  });

  test('the caller may classify', async () => {
    const it = start({ classify: ({ code }) => (code === 'BUSY' ? { waitMs: 7 } : 'late') });
    await failTimes(it, 1, 'BUSY');
    await failTimes(it, 1, 'CLOSED');
    assert.deepEqual(
      it.downs.map(({ waitMs }) => waitMs),
      [7, 300_000],
    );
  });

  test('any thrown value becomes an error of the table', async () => {
    const it = start();
    it.end(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }));
    await it.clock.advance(0);
    await it.clock.advance(1_000);
    it.end(new TypeError('x is not a function'));
    await it.clock.advance(0);
    assert.deepEqual(
      it.downs.map(({ code }) => code),
      ['UNREACHABLE', 'INTERNAL'],
    );
  });
});

describe('supervise: what is news', () => {
  test('the first failure, each other code once, and the recovery with its length', async () => {
    const it = start();
    await failTimes(it, 2, 'CLOSED');
    await failTimes(it, 2, 'UNREACHABLE');
    await failTimes(it, 1, 'CLOSED');
    assert.deepEqual(
      it.downs.map(({ news }) => news),
      [true, false, true, false, false],
    );
    it.up();
    assert.deepEqual(it.ups, [{ attempts: 5, downMs: 31_000, news: true }]);
  });

  test('starting without a failure is no recovery', () => {
    const it = start();
    it.up();
    assert.deepEqual(it.ups, [{ attempts: 0, downMs: 0, news: false }]);
  });

  test('a peer that comes and goes is told once each way, and once more when it stays', async () => {
    const it = start();
    for (let n = 0; n < 6; n++) {
      await failTimes(it, 1, 'CLOSED');
      it.up();
    }
    assert.deepEqual(
      it.downs.map(({ news }) => news),
      [true, true, false, false, false, false],
    );
    assert.deepEqual(
      it.ups.map(({ news }) => news),
      [true, false, false, false, false, false],
    );
    await it.clock.advance(30_000);
    assert.deepEqual([it.ups.length, it.ups.at(-1)?.news, it.ups.at(-1)?.attempts], [7, true, 6]);
  });
});

describe('supervise: how it ends', () => {
  test('aborted while it runs, without a word and with no timer left', async () => {
    const it = start();
    it.up();
    it.stop.abort();
    await it.done;
    assert.deepEqual([it.downs.length, it.clock.waiting()], [0, 0]);
  });

  test('aborted while it waits, at once', async () => {
    const it = start();
    await it.fail('AUTH');
    it.stop.abort();
    await it.done;
    assert.deepEqual([it.runs(), it.clock.waiting()], [1, 0]);
  });

  test('when the work resolves', async () => {
    const it = start();
    it.end();
    await it.done;
    assert.equal(it.runs(), 1);
  });
});
