// Waiting for a condition instead of for a time.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

type Nothing = undefined | null | false | '';

/** Looks until there is something, and gives it; rejects after `ms`, saying `what` never came. */
export async function eventually<T>(
  what: string,
  look: () => T | Nothing | Promise<T | Nothing>,
  ms = 60_000,
): Promise<T> {
  for (const deadline = performance.now() + ms; ; await delay(20)) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false && found !== '') return found;
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
  }
}

/** Looks until it is as `expected`; fails with what it is instead, after a minute. */
export async function becomes<T>(what: string, look: () => T | Promise<T>, expected: T): Promise<void> {
  const isThere = async () => isDeepStrictEqual(await look(), expected);
  await eventually(what, isThere).catch(async error =>
    assert.deepEqual(await look(), expected, String(error)),
  );
}
