// The outgoing half of a connection: in order, held back or cut into small TCP writes on demand.
import type { Socket } from 'node:net';

export interface Wire {
  write(...parts: Buffer[]): void;
  /** Nothing written from now on leaves before as many `release` as `hold`. */
  hold(): void;
  release(): void;
  gather(write: () => void): void;
  readonly blocked: boolean;
  /** Bytes written that the kernel has not taken. */
  readonly unsent: number;
}

/** `chunkBytes` is the size of each TCP write; 0 leaves the writes as they come. */
export function createWire(socket: Socket, chunkBytes: number): Wire {
  let queue: Buffer[] = [];
  let queued = 0;
  let holds = 0;
  let pumping = false;

  function write(part: Buffer): void {
    if (holds === 0 && queue.length === 0 && chunkBytes === 0) {
      socket.write(part);
      return;
    }
    queue.push(part);
    queued += part.length;
    pump();
  }

  function pump(): void {
    if (holds > 0 || pumping || socket.destroyed) return;
    if (chunkBytes === 0) flush();
    else if (queue.length > 0) pumpChunk();
  }

  function flush(): void {
    const parts = queue;
    queue = [];
    queued = 0;
    for (const part of parts) socket.write(part);
  }

  /** Waits for the loop between two chunks, so that a reader in the same process sees each alone. */
  function pumpChunk(): void {
    const first = queue.shift() ?? Buffer.alloc(0);
    const chunk = first.subarray(0, chunkBytes);
    if (first.length > chunkBytes) queue.unshift(first.subarray(chunkBytes));
    queued -= chunk.length;
    pumping = true;
    socket.write(chunk, () =>
      setImmediate(() => {
        pumping = false;
        pump();
      }),
    );
  }

  function gather(work: () => void): void {
    socket.cork();
    work();
    socket.uncork();
  }

  return {
    write(...parts) {
      if (parts.length === 1 && parts[0]) write(parts[0]);
      else gather(() => parts.forEach(write));
    },
    hold() {
      if (holds === 0) flush();
      holds += 1;
    },
    release() {
      holds -= 1;
      pump();
    },
    gather,
    get blocked() {
      return holds > 0 || queued > 0 || socket.writableNeedDrain;
    },
    get unsent() {
      return queued + socket.writableLength;
    },
  };
}
