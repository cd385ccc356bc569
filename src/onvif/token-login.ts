// The login by UsernameToken: a device refuses one that looks old by its clock, which may be set at any time (PROTOCOLS 3.4).
import { readOnvifFault } from '../protocol/onvif-fault.ts';
import { readSoapBody } from '../protocol/soap.ts';
import { usernameToken } from '../protocol/username-token.ts';
import type { Clock } from '../util/clock.ts';
import { isBridgeError } from '../util/errors.ts';
import type { Secret } from '../util/secret.ts';
import { createLogins, type Logins } from '../vapix/logins.ts';
import type { OnvifAnswer } from './types.ts';

/** Its name among what the account logs in to. */
const TOKEN = 'UsernameToken';
/** How far (ms) the device's clock has to have moved for a token to be refused for it: a Date header tells whole seconds. */
const MOVED_MS = 2_000;
/** Devices lock accounts: at most so many are refused in the time (ms). */
const REFUSALS_MAX = 3;
const WINDOW_MS = 300_000;
/** What no fault is, of an answer that is larger. */
const FAULT_MAX = 64 * 1024;

export interface TokenLoginOptions {
  username: string;
  password: Secret;
  logins?: Logins;
  /** For errors: whose login. */
  who: string;
  clock: Clock;
}

export class TokenLogin {
  readonly #options: TokenLoginOptions;
  readonly #logins: Logins;
  #isWanted = false;
  /** The device's clock minus the monotonic one, ms: no correction of ours moves it. */
  #ahead = 0;
  /** When tokens were refused (ms, monotonic). */
  #refusals: number[] = [];

  constructor(options: TokenLoginOptions) {
    this.#options = options;
    this.#logins = options.logins ?? createLogins(options);
  }

  /** Whether the device has taken a token. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  /**
   * Sends a request with a token. One that is refused goes out once more if the device's clock turns out to have been set.
   * Rejects with AUTH where the token is refused; gives an answer that says nothing of the login as it is.
   */
  async send(
    send: (security: string) => Promise<OnvifAnswer>,
    askSkew: () => Promise<number>,
  ): Promise<OnvifAnswer> {
    if (!this.#isWanted) await this.#ask(askSkew);
    let answer = await this.#try(send);
    if (answer === undefined && this.#isWanted && (await this.#hasMoved(askSkew)))
      answer = await this.#try(send);
    if (answer === undefined) throw this.#logins.rest(TOKEN, `${this.#options.who}: ${TOKEN} was refused`);
    this.#isWanted ||= !isMute(answer);
    return answer;
  }

  /** Undefined where the token is refused. */
  async #try(send: (security: string) => Promise<OnvifAnswer>): Promise<OnvifAnswer | undefined> {
    const { username, password, who, clock } = this.#options;
    this.#logins.admit(TOKEN, who);
    const security = usernameToken({ username, password, now: clock.monotonic() + this.#ahead });
    const answer = await send(security).catch((error: unknown) => {
      if (isBridgeError(error) && error.code === 'AUTH') return undefined;
      throw error;
    });
    if (answer === undefined || isNotAuthorized(answer)) {
      this.#refusals = [...this.#refusals, clock.monotonic()].slice(-REFUSALS_MAX);
      this.#logins.refused();
      return undefined;
    }
    if (!isMute(answer)) this.#logins.accepted(TOKEN);
    return answer;
  }

  /** Whether the device's clock is another than when it was asked last, and the account has a try left. */
  async #hasMoved(askSkew: () => Promise<number>): Promise<boolean> {
    const [oldest = 0] = this.#refusals;
    const isFull =
      this.#refusals.length === REFUSALS_MAX && this.#options.clock.monotonic() - oldest < WINDOW_MS;
    if (isFull) return false;
    const before = this.#ahead;
    await this.#ask(askSkew);
    return Math.abs(this.#ahead - before) > MOVED_MS;
  }

  async #ask(askSkew: () => Promise<number>): Promise<void> {
    const { clock } = this.#options;
    const skew = await askSkew();
    this.#ahead = clock.now() + skew - clock.monotonic();
  }
}

/** Whether the device may want a login of which HTTP knows nothing. */
export function isRefusal(answer: OnvifAnswer): boolean {
  return isMute(answer) || isNotAuthorized(answer);
}

/** A 400 that is no SOAP: some devices say no more to a request without a token. */
function isMute({ status, text }: OnvifAnswer): boolean {
  return status === 400 && !text.includes('Envelope');
}

function isNotAuthorized({ text }: OnvifAnswer): boolean {
  if (text.length > FAULT_MAX || !text.includes('Fault')) return false;
  try {
    return readOnvifFault(readSoapBody(text), '')?.error.code === 'AUTH';
  } catch {
    return false;
  }
}
