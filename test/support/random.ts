// Random numbers that can be had again: the seed is printed, and taken from the environment's SEED where it is set.

/** Mulberry32: numbers in [0, 1). */
export function seeded(t: { diagnostic(text: string): void }): () => number {
  let state = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));
  t.diagnostic(`SEED=${state}`);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
