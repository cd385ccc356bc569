// Whether a reload changed a part of the configuration.

/** Deep equality of configurations or parts of them, passwords included. */
export function isSame(a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b)) return Object.is(a, b);
  if (isSecret(a) && isSecret(b)) return a.reveal() === b.reveal();
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

function isSecret(value: object): value is { reveal(): string } {
  return 'reveal' in value && typeof value.reveal === 'function';
}
