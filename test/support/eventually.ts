// Waiting for a condition instead of for a time.
import { setTimeout as delay } from 'node:timers/promises';

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
