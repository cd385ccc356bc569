// What lets nothing through, for as long as it lasts: said in the log at once and again every hour, and to whoever asks.
import type { Config } from '../config/types.ts';
import { matchesCamera, type RoutedCamera } from '../routing/match.ts';
import type { Clock } from '../util/clock.ts';
import { ERRORS, type ErrorCode } from '../util/errors.ts';
import type { Log } from '../util/log.ts';

const AGAIN_MS = 3_600_000;

export interface Trouble {
  code: ErrorCode;
  /** What happened, for the log. */
  detail: string;
  /** For the log, once it is over. */
  over: string;
  /** The broker that it is about; without one it is about all. */
  broker?: string;
}

/** A trouble as others are told of it. */
export interface ToldTrouble {
  reason: ErrorCode;
  message: string;
  broker?: string;
  since: string;
}

interface Lasting {
  trouble: Trouble;
  told: ToldTrouble;
  /** Ms, monotonic. */
  begun: number;
  cancel: () => void;
  /** While its end is waited for: begins it again. */
  resume?: (() => void) | undefined;
}

export class Troubles {
  readonly #lasting = new Map<string, Lasting>();
  readonly #clock: Clock;
  readonly #log: Log;
  #onChange = () => {};

  constructor({ clock, log }: { clock: Clock; log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Calls back whenever there are others than before. */
  onChange(callback: () => void): void {
    this.#onChange = callback;
  }

  /** Those there are, the oldest first. */
  current(): ToldTrouble[] {
    return [...this.#lasting.values()].map(({ told }) => told);
  }

  /** The trouble of that name begins, or is another now. */
  begin(name: string, trouble: Trouble): void {
    const before = this.#lasting.get(name);
    before?.resume?.();
    if (before?.trouble.code === trouble.code) return;
    before?.cancel();
    const lasting: Lasting = {
      trouble,
      told: toldOf(trouble, new Date(this.#clock.now()).toISOString()),
      begun: this.#clock.monotonic(),
      cancel: () => {},
    };
    this.#lasting.set(name, lasting);
    this.#say(lasting);
    this.#onChange();
  }

  /** The trouble of that name is over, if there is one; unless it begins again within `afterMs`. */
  end(name: string, afterMs = 0): void {
    const lasting = this.#lasting.get(name);
    if (lasting === undefined) return;
    if (afterMs > 0) {
      lasting.resume ??= this.#wait(lasting, afterMs, () => this.end(name));
      return;
    }
    const { trouble } = lasting;
    this.#log.info({ ...this.#fields(lasting), code: trouble.code }, trouble.over);
    this.forget(name);
  }

  /** What the trouble of that name was about is there no more: nothing is said of it, least of all that it is well. */
  forget(name: string): void {
    const lasting = this.#lasting.get(name);
    if (lasting === undefined) return;
    lasting.resume?.();
    lasting.cancel();
    this.#lasting.delete(name);
    this.#onChange();
  }

  /** Says no more. */
  stop(): void {
    for (const { cancel, resume } of this.#lasting.values()) {
      cancel();
      resume?.();
    }
    this.#lasting.clear();
    this.#onChange = () => {};
  }

  #wait(lasting: Lasting, ms: number, over: () => void): () => void {
    const cancel = this.#clock.after(ms, over);
    return () => {
      cancel();
      lasting.resume = undefined;
    };
  }

  #say(lasting: Lasting): void {
    const { code, detail } = lasting.trouble;
    this.#log.error({ ...this.#fields(lasting), code, hint: ERRORS[code].hint }, detail);
    lasting.cancel = this.#clock.after(AGAIN_MS, () => this.#say(lasting));
  }

  #fields({ trouble: { broker }, begun }: Lasting): object {
    const lastsS = Math.round((this.#clock.monotonic() - begun) / 1000);
    return { ...(broker === undefined ? {} : { broker }), lastsS };
  }
}

/** Without the detail: who only subscribes need not know paths and addresses. */
function toldOf({ code, broker }: Trouble, since: string): ToldTrouble {
  const { meaning } = ERRORS[code];
  const message = broker === undefined ? meaning : `broker ${broker}: ${meaning}`;
  return { reason: code, message, ...(broker === undefined ? {} : { broker }), since };
}

/** The bridge's own state while it runs. */
export function bridgeStateOf([first]: readonly ToldTrouble[]): string {
  if (first === undefined) return '{"state":"online"}';
  const { reason, message } = first;
  return JSON.stringify({ state: 'degraded', reason, message });
}

/**
 * What of it keeps the events of a camera from going through. That a broker is away does not: they wait for it, and
 * nobody hears of it there.
 */
export function troubleOf(
  camera: RoutedCamera,
  troubles: readonly ToldTrouble[],
  { routes }: Pick<Config, 'routes'>,
): ToldTrouble | undefined {
  const goesTo = (broker: string) =>
    routes.some(({ match, brokers }) => brokers.includes(broker) && matchesCamera(match, camera));
  return troubles.find(
    ({ reason, broker }) => broker === undefined || (reason === 'BROKER_DENIED' && goesTo(broker)),
  );
}
