// The times that events bear: UTC with microseconds, as AXIS OS writes them (PROTOCOLS 1.7).

/** Gives a later text each time within a millisecond; `now` in milliseconds since the epoch. */
export function createStamps(now: () => number): () => string {
  let last = Number.NaN;
  let within = 0;
  let head = '';
  return () => {
    const ms = Math.floor(now());
    within = ms === last ? (within + 1) % 1000 : 0;
    if (ms !== last) head = new Date(ms).toISOString().slice(0, -1);
    last = ms;
    return `${head}${String(within).padStart(3, '0')}Z`;
  };
}
