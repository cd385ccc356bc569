// Makes one write of all the packets of a turn of the event loop: a write each would be half the cost of sending.

const CHUNK = 64 * 1024;

export interface Batch {
  /** Has `write` put `size` bytes at a place in a buffer; they leave when this turn is over. */
  add(size: number, write: (target: Buffer, at: number) => void): void;
  /** Calls back when the system has all that was added in this turn. */
  onFlushed(callback: () => void): void;
}

/** `send` writes whole packets, which stay untouched, and calls `flushed` when the system has them. */
export function createBatch(send: (bytes: Buffer, flushed: () => void) => void): Batch {
  let chunk = Buffer.alloc(0);
  let from = 0;
  let to = 0;
  let planned = false;
  let waiting: (() => void)[] = [];
  const flush = () => {
    if (to === from) return;
    const flushed = waiting;
    waiting = [];
    const bytes = chunk.subarray(from, to);
    from = to;
    send(bytes, () => {
      for (const callback of flushed) callback();
    });
  };
  const plan = () => {
    if (planned) return;
    planned = true;
    process.nextTick(() => {
      planned = false;
      flush();
    });
  };
  return {
    add(size, write) {
      if (to + size > chunk.length) {
        flush();
        chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK, size));
        from = 0;
        to = 0;
      }
      write(chunk, to);
      to += size;
      plan();
    },
    onFlushed: callback => waiting.push(callback),
  };
}
