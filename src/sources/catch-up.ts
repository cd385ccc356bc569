// By when all that a device had said is durable: as of its last answer behind which nothing is open.
import type { Moment } from '../util/moment.ts';
import type { SourceContext } from './source.ts';

/** What was emitted between two answers; with a callback of its own, so that an answer costs no event anything. */
interface Stretch {
  open: number;
  settled(): void;
  /** Set by the answer that ends it. */
  caughtUp?(): void;
}

export class CatchUp {
  readonly #caughtUp: SourceContext['caughtUp'];
  readonly #settled: () => void;
  readonly #stretches: Stretch[] = [];
  #stretch: Stretch;
  #lastTime: string | undefined;

  /** `settled` is called each time that something is durable. */
  constructor({ caughtUp, settled = () => {} }: Pick<SourceContext, 'caughtUp'> & { settled?(): void }) {
    this.#caughtUp = caughtUp;
    this.#settled = settled;
    this.#stretch = this.#begin();
  }

  /** One more is open. Gives what to call once it is durable; what was not taken stays open. */
  open(): () => void {
    this.#stretch.open += 1;
    return this.#stretch.settled;
  }

  /** The device's own time in what it says now. */
  said(time: string | null): void {
    this.#lastTime = time ?? this.#lastTime;
  }

  /** The device has answered what it was asked at that moment; all that it had said is open, or durable. */
  answered(asked: Moment): void {
    const lastTime = this.#lastTime;
    this.#stretch.caughtUp = () => this.#caughtUp(asked, lastTime);
    this.#stretch = this.#begin();
    this.#tell();
  }

  #begin(): Stretch {
    const stretch: Stretch = {
      open: 0,
      settled: () => {
        stretch.open -= 1;
        if (stretch.caughtUp !== undefined) this.#tell();
        this.#settled();
      },
    };
    this.#stretches.push(stretch);
    return stretch;
  }

  #tell(): void {
    const stretches = this.#stretches;
    for (let [first] = stretches; first?.open === 0 && first.caughtUp !== undefined; [first] = stretches) {
      first.caughtUp();
      stretches.shift();
    }
  }
}
