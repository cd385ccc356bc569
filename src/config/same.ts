// Whether a reload changed a part of the configuration.
import type { Secret } from '../util/secret.ts';

/** Deep equality of configurations or parts of them, passwords included. */
export function isSame(a: unknown, b: unknown): boolean {
  if (isSecret(a) && isSecret(b)) return a.reveal() === b.reveal();
  if (!isObject(a) || !isObject(b)) return Object.is(a, b);
  const [keysOfA, keysOfB] = [Object.keys(a), Object.keys(b)];
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keysOfA.length === keysOfB.length &&
    keysOfA.every(key => Object.hasOwn(b, key) && isSame(a[key], b[key]))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isSecret(value: unknown): value is Secret {
  return isObject(value) && 'reveal' in value && typeof value.reveal === 'function';
}
