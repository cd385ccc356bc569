// apidiscovery.cgi: which APIs a device has, in which version (AXIS OS 8.50 or later).
import { fail } from '../util/errors.ts';
import type { VapixClient } from './client.ts';
import { callJson, decodeJson, fieldsOf, textOf } from './json.ts';

/** Versions by API id, such as `event-streaming-over-websocket` → `1.0`. */
export type ApiList = ReadonlyMap<string, string>;

const PATH = '/axis-cgi/apidiscovery.cgi';

/** Asks a device for its APIs. Rejects with the errors of the client; NOT_FOUND on old devices. */
export async function fetchApiList(
  client: VapixClient,
  options: { signal?: AbortSignal } = {},
): Promise<ApiList> {
  return decodeApiList(await callJson(client, { path: PATH, method: 'getApiList', ...options }));
}

/** Reads an answer of apidiscovery.cgi; entries without an id are passed over. */
export function decodeApiList(text: string): ApiList {
  const { apiList } = decodeJson(text, PATH);
  if (!Array.isArray(apiList)) throw fail('PROTOCOL', `${PATH}: the answer has no list of APIs`);
  const entries = apiList.map(fieldsOf);
  return new Map(
    entries.map(({ id, version }) => [textOf(id), textOf(version)] as const).filter(([id]) => id !== ''),
  );
}
