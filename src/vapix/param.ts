// param.cgi: the device's parameters as text, on every Axis device.
import { withoutZeros } from '../protocol/text.ts';
import { fail } from '../util/errors.ts';
import type { VapixClient } from './client.ts';
import { refused } from './outcome.ts';
import { errorLine } from './words.ts';

/** Values by name without `root.`, such as `Brand.ProdNbr`. */
export type Params = ReadonlyMap<string, string>;

/** Lists groups of parameters. Rejects with REFUSED where the device knows none of them. */
export async function listParams(
  client: VapixClient,
  groups: readonly string[],
  options: { signal?: AbortSignal } = {},
): Promise<Params> {
  const path = `/axis-cgi/param.cgi?action=list&group=${groups.join(',')}`;
  const { text } = await client.request({ method: 'GET', path, ...options });
  return decodeParams(text);
}

/** Reads `root.Group.Name=value` lines; others are passed over. Throws REFUSED or PROTOCOL where there are but others. */
export function decodeParams(text: string): Params {
  const lines = withoutZeros(text).split(/\r?\n/);
  const params = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^(?:root\.)?([\w.-]+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) params.set(name, value);
  }
  if (params.size > 0 || text.trim() === '') return params;
  const complaint = errorLine(text);
  if (complaint !== undefined) throw refused('param.cgi', complaint);
  throw fail('PROTOCOL', 'param.cgi: the answer holds no parameter');
}
