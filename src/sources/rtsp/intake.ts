// Reads a socket in pieces, each in its turn: pauses it while its device rests, or the events wait to be taken.
import type { Socket } from 'node:net';
import type { Clock } from '../../util/clock.ts';
import type { FairShare } from '../../util/fair-share.ts';
import { STEP_SIZE, type Steps } from '../../util/steps.ts';

const NOTHING = Buffer.alloc(0);

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
  /** Begun by what was read, and done before more is. */
  readonly #tasks: Steps<void>[] = [];
  #isWorking = false;
  #isFull = false;
  #cancelRest: (() => void) | undefined;
  #isOver = false;

  constructor(options: RtspIntakeOptions) {
    this.#options = options;
    options.socket.on('data', chunk => this.#take(chunk));
  }

  /** From `read` only: does this, step by step, before more is read. */
  defer(task: Steps<void>): void {
    this.#tasks.push(task);
  }

  /** Whether something is deferred. */
  isBusy(): boolean {
    return this.#tasks.length > 0;
  }

  pause(): void {
    this.#isFull = true;
    this.#options.socket.pause();
  }

  resume(): void {
    this.#isFull = false;
    this.#goOn();
  }

  /** What is deferred is done at once. Only an answer is waited for from here on: it is read without a rest. */
  end(): void {
    this.#isOver = true;
    this.#cancelRest?.();
    this.#cancelRest = undefined;
    this.#left = NOTHING;
    if (!this.#isWorking) this.#work();
  }

  #take(chunk: Buffer): void {
    this.#left = this.#left.length === 0 ? chunk : Buffer.concat([this.#left, chunk]);
    if (this.#cancelRest === undefined) this.#work();
  }

  #work(): void {
    const { turns, clock, socket } = this.#options;
    this.#isWorking = true;
    let restMs = 0;
    while (restMs === 0 && (this.isBusy() || this.#left.length > 0)) {
      turns.begin();
      const size = this.#step();
      if (!this.#isOver) restMs = turns.rest(size);
    }
    this.#isWorking = false;
    if (restMs > 0) {
      socket.pause();
      this.#cancelRest = clock.after(restMs, this.#rested);
    }
    // The memory is the socket's: the next one that reads writes there.
    if (this.#left.length > 0) this.#left = Buffer.from(this.#left);
    this.#goOn();
  }

  /** Gives its size, in bytes. */
  #step(): number {
    const [task] = this.#tasks;
    if (task !== undefined) {
      if (task.next().done === true) this.#tasks.shift();
      return STEP_SIZE;
    }
    const piece = this.#left.subarray(0, STEP_SIZE);
    this.#left = this.#left.subarray(STEP_SIZE);
    this.#options.read(piece);
    return piece.length;
  }

  readonly #rested = (): void => {
    this.#cancelRest = undefined;
    this.#work();
  };

  #goOn(): void {
    const isResting = this.#cancelRest !== undefined;
    if (!this.#isFull && !isResting && this.#options.socket.isPaused()) this.#options.socket.resume();
  }
}
