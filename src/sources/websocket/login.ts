// Opens the WebSocket of a device's event stream: by its login, or by a token where it refuses that (PROTOCOLS 2.1).
import { isBridgeError } from '../../util/errors.ts';
import { createVapixClient } from '../../vapix/client.ts';
import { createLogin } from '../../vapix/login.ts';
import { statusError } from '../../vapix/status.ts';
import { fetchStreamToken } from '../../vapix/stream-token.ts';
import { originOf, urlOf } from '../../vapix/url.ts';
import type { OpenDetail, SourceContext } from '../source.ts';
import type { WebSocketConnection } from './connection.ts';
import { type UpgradeAnswer, upgrade } from './upgrade.ts';

const PATH = '/vapix/ws-data-stream';
const QUERY = 'sources=events';
/** How a device may refuse an upgrade that a token would open: not confirmed which. */
const TOKEN_MAY_HELP = new Set([400, 403]);

export interface OpenStream {
  connection: WebSocketConnection;
  detail: OpenDetail;
}

type LoginContext = Pick<SourceContext, 'address' | 'clock' | 'signal'>;

/**
 * Resolves once the device took the upgrade. Rejects with AUTH where it refuses the password, which is then tried no
 * other way, INSECURE, UNSUPPORTED, the error of a refusing status, and what the upgrade rejects with.
 */
export async function openStream(context: LoginContext): Promise<OpenStream> {
  const { url, who } = targetOf(context, QUERY);
  const login = createLogin(context);
  const answer = await login.send({
    target: { method: 'GET', uri: url.pathname + url.search },
    send: async authorization =>
      withoutEmptyChallenge(await upgrade({ ...context, url, authorization, who })),
    who,
    signal: context.signal,
  });
  if (answer.connection !== undefined) return opened(answer, answer.connection, login.realm);
  const refusal = statusError(answer, { url, who });
  if (TOKEN_MAY_HELP.has(answer.status)) return openByToken(context, refusal);
  throw refusal;
}

/** A 401 that names no way to log in is as good as a 403. */
function withoutEmptyChallenge(answer: UpgradeAnswer): UpgradeAnswer {
  const empty = answer.status === 401 && !answer.headers['www-authenticate'];
  return empty ? { ...answer, status: 403 } : answer;
}

/** `refusal`: why the device is asked for a token, to be told where it has none. */
async function openByToken(context: LoginContext, refusal: Error): Promise<OpenStream> {
  const client = createVapixClient(context);
  try {
    const token = await fetchStreamToken(client).catch(error => {
      throw isBridgeError(error) && error.code === 'NOT_FOUND' ? refusal : error;
    });
    const { url, who } = targetOf(context, `wssession=${encodeURIComponent(token)}&${QUERY}`);
    const answer = await upgrade({ ...context, url, authorization: undefined, who });
    if (answer.connection === undefined) throw statusError(answer, { url, who });
    return opened(answer, answer.connection, client.realm);
  } finally {
    client.close();
  }
}

/** `who` names the request in errors, without its query. */
function targetOf({ address }: LoginContext, query: string): { url: URL; who: string } {
  const origin = originOf(address);
  return { url: urlOf(origin, `${PATH}?${query}`), who: `GET ${origin}${PATH}` };
}

function opened(
  { headers }: UpgradeAnswer,
  connection: WebSocketConnection,
  realm: string | undefined,
): OpenStream {
  return { connection, detail: { realm, date: headers['date'] } };
}
