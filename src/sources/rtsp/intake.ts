// Reads a socket in pieces, each in its turn: pauses it while its device rests, or the events wait to be taken.
import type { Socket } from 'node:net';
import type { Clock } from '../../util/clock.ts';
import type { FairShare } from '../../util/fair-share.ts';

/** Small enough that what is in it, such as a few dozen documents, is soon read. */
const PIECE = 16 * 1024;

export interface RtspIntakeOptions {
  socket: Socket;
  clock: Clock;
  turns: FairShare;
  read(piece: Buffer): void;
}

export class RtspIntake {
  readonly #options: RtspIntakeOptions;
  /** What has come and is not read yet. */
  #left: Buffer = NOTHING;
  #isFull = false;
  #cancelRest: (() => void) | undefined;
  #isOver = false;

  constructor(options: RtspIntakeOptions) {
    this.#options = options;
    options.socket.on('data', chunk => this.#take(chunk));
  }

  pause(): void {
    this.#isFull = true;
    this.#options.socket.pause();
  }

  resume(): void {
    this.#isFull = false;
    this.#goOn();
  }

  /** Nobody waits for what it sends any more: no more rests. */
  end(): void {
    this.#isOver = true;
    this.#cancelRest?.();
    this.#left = NOTHING;
  }

  #take(chunk: Buffer): void {
    this.#left = this.#left.length === 0 ? chunk : Buffer.concat([this.#left, chunk]);
    if (this.#cancelRest === undefined) this.#read();
  }

  #read(): void {
    const { turns, read, clock, socket } = this.#options;
    while (this.#left.length > 0) {
      const piece = this.#left.subarray(0, PIECE);
      this.#left = this.#left.subarray(PIECE);
      turns.begin();
      read(piece);
      const ms = this.#isOver ? 0 : turns.rest(piece.length);
      if (ms === 0) continue;
      socket.pause();
      this.#cancelRest = clock.after(ms, this.#rested);
      return;
    }
    this.#goOn();
  }

  readonly #rested = (): void => {
    this.#cancelRest = undefined;
    this.#read();
  };

  #goOn(): void {
    const isResting = this.#cancelRest !== undefined;
    if (!this.#isFull && !isResting && this.#options.socket.isPaused()) this.#options.socket.resume();
  }
}

const NOTHING = Buffer.alloc(0);
