// The login of one HTTP client: asked for first, then sent ahead; a wrong password goes out once, however many ask.
import { type AuthorizedRequest, createAuthenticator } from '../protocol/digest.ts';
import type { Clock } from '../util/clock.ts';
import { type BridgeError, fail, isBridgeError } from '../util/errors.ts';
import { createLimit } from '../util/limit.ts';
import type { DeviceAddress } from './address.ts';
import { createLogins } from './logins.ts';
import type { HttpAnswer } from './status.ts';

const MAX_ANSWERS = 4;

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
  const { username, password, https, allowBasicOverHttp, logins = createLogins({ clock }) } = address;
  const authenticator = createAuthenticator({ username, password, allowBasic: https || allowBasicOverHttp });
  const oneAtATime = createLimit({ width: 1 });
  /** Whether this client was let in: a login is then sent before it is asked for. */
  let isIn = false;

  function take(
    refused: HttpAnswer,
    authorization: string | undefined,
    { target, who }: Attempt<unknown>,
  ): void {
    if (authorization !== undefined) logins.refused();
    logins.admit(pathOf(target), who);
    try {
      authenticator.challenge([refused.headers['www-authenticate'] ?? ''], { authorization });
    } catch (error) {
      if (!isBridgeError(error)) throw error;
      const message = `${who}: ${error.message}`;
      throw error.code === 'AUTH' ? refuse(target, message) : fail(error.code, message);
    }
  }

  function refuse(target: AuthorizedRequest, message: string): BridgeError {
    isIn = false;
    return logins.rest(pathOf(target), message);
  }

  /** What the device said to a login; to a request without one it says nothing of the account. */
  function judge({ status }: HttpAnswer, authorization: string | undefined, target: AuthorizedRequest): void {
    // An overloaded device, or one that starts, may answer before it looks at the login.
    if (authorization === undefined || status >= 500) return;
    isIn = true;
    if (status < 400) logins.accepted(pathOf(target));
  }

  async function answer<T extends HttpAnswer>(
    first: T,
    bore: string | undefined,
    attempt: Attempt<T>,
  ): Promise<T> {
    const { target, who } = attempt;
    let response = first;
    let authorization = bore;
    for (let answers = 0; response.status === 401; answers += 1) {
      if (answers === MAX_ANSWERS) throw refuse(target, `${who}: it asks for one login after the other`);
      take(response, authorization, attempt);
      authorization = authenticator.authorize(target);
      response = await attempt.send(authorization);
    }
    judge(response, authorization, target);
    return response;
  }

  return {
    async send(attempt) {
      const { target, who } = attempt;
      const ahead = isIn && !logins.inDoubt;
      if (isIn) logins.admit(pathOf(target), who);
      const authorization = ahead ? authenticator.authorize(target) : undefined;
      const first = await attempt.send(authorization);
      if (first.status === 401) {
        const respond = () => answer(first, authorization, attempt);
        return ahead ? respond() : oneAtATime(respond, attempt.signal);
      }
      judge(first, authorization, target);
      return first;
    },
    get realm() {
      return authenticator.realm;
    },
  };
}

/** Without its query. */
function pathOf({ uri }: AuthorizedRequest): string {
  return uri.replace(/\?.*/s, '');
}
