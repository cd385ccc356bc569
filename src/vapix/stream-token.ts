// wssession.cgi: a token that opens one WebSocket stream without a login, for 15 s (PROTOCOLS 2.1).
import { fail } from '../util/errors.ts';
import type { VapixClient } from './client.ts';

const PATH = '/axis-cgi/wssession.cgi';
const TOKEN = /^[\x21-\x7e]{1,1024}$/;

/** Asks for a token. Rejects with the errors of the client, PROTOCOL where the answer is none. */
export async function fetchStreamToken(
  client: VapixClient,
  options: { signal?: AbortSignal } = {},
): Promise<string> {
  const { text } = await client.request({ method: 'GET', path: PATH, ...options });
  const token = text.trim();
  if (!TOKEN.test(token)) throw fail('PROTOCOL', `${PATH}: the answer is no token`);
  return token;
}
