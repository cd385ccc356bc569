// The login of one HTTP client: asked for first, then sent ahead; a wrong password goes out once, however many ask.
import { type AuthorizedRequest, createAuthenticator } from '../protocol/digest.ts';
import type { Clock } from '../util/clock.ts';
import { fail, isBridgeError } from '../util/errors.ts';
import { createLimit } from '../util/limit.ts';
import type { DeviceAddress } from './address.ts';
import type { HttpAnswer } from './status.ts';

/** How long a refused login is not tried again: devices block addresses that go on (PROTOCOLS 11). */
const PAUSE_MS = 60_000;
const MAX_ANSWERS = 4;
const REFUSED = 'the login was refused a moment ago and is not tried again yet';
/** Paths remembered; a device has fewer. */
const PATHS_MAX = 100;

interface Attempt<T> {
  target: AuthorizedRequest;
  /** Sends the request with that Authorization header. */
  send(authorization: string | undefined): Promise<T>;
  /** For errors: whose login. */
  who: string;
  signal: AbortSignal;
}

export interface Login {
  /** Sends a request and answers the challenges that come; resolves with the first answer that is none. */
  send<T extends HttpAnswer>(attempt: Attempt<T>): Promise<T>;
  readonly realm: string | undefined;
}

export function createLogin({ address, clock }: { address: DeviceAddress; clock: Clock }): Login {
  const { username, password, https, allowBasicOverHttp } = address;
  const authenticator = createAuthenticator({ username, password, allowBasic: https || allowBasicOverHttp });
  const oneAtATime = createLimit({ width: 1 });
  const refusals = createRefusals(clock);
  let accepted = false;
  let pausedUntil = 0;

  function take(refused: HttpAnswer, authorization: string | undefined, who: string): void {
    const paused = !accepted && clock.now() < pausedUntil;
    try {
      if (paused) throw fail('AUTH', REFUSED);
      authenticator.challenge([refused.headers['www-authenticate'] ?? ''], { authorization });
    } catch (error) {
      if (!isBridgeError(error)) throw error;
      if (error.code === 'AUTH' && !paused) pausedUntil = clock.now() + PAUSE_MS;
      throw fail(error.code, `${who}: ${error.message}`);
    }
  }

  async function answer<T extends HttpAnswer>(
    first: T,
    bore: string | undefined,
    attempt: Attempt<T>,
  ): Promise<T> {
    let response = first;
    let authorization = bore;
    for (let answers = 0; response.status === 401; answers += 1) {
      if (answers === MAX_ANSWERS)
        throw fail('AUTH', `${attempt.who}: it asks for one login after the other`);
      take(response, authorization, attempt.who);
      authorization = authenticator.authorize(attempt.target);
      response = await attempt.send(authorization);
    }
    // An overloaded device may answer before it looks at the login.
    accepted ||= response.status < 500;
    return response;
  }

  return {
    async send(attempt) {
      const path = attempt.target.uri.replace(/\?.*/s, '');
      if (accepted && refusals.stands(path)) throw fail('AUTH', `${attempt.who}: ${REFUSED}`);
      const authorization = accepted ? authenticator.authorize(attempt.target) : undefined;
      const first = await attempt.send(authorization);
      if (first.status !== 401) return first;
      const respond = () => answer(first, authorization, attempt);
      if (!accepted) return oneAtATime(respond, attempt.signal);
      return respond().catch((error: unknown) => {
        if (isBridgeError(error) && error.code === 'AUTH') refusals.add(path);
        throw error;
      });
    },
    get realm() {
      return authenticator.realm;
    },
  };
}

/** Paths that refuse a login which others take: for want of a right, or since it was changed meanwhile. */
function createRefusals(clock: Clock) {
  const until = new Map<string, number>();
  return {
    stands: (path: string) => clock.now() < (until.get(path) ?? 0),
    add(path: string) {
      if (until.size >= PATHS_MAX) until.clear();
      until.set(path, clock.now() + PAUSE_MS);
    },
  };
}
