// param.cgi: the device's parameters as text, on every Axis device.
import { fail } from '../util/errors.ts';
import type { VapixClient } from './client.ts';

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

/** Reads `root.Group.Name=value` lines; others are passed over. */
export function decodeParams(text: string): Params {
  const lines = text.split(/\r?\n/);
  const params = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^(?:root\.)?([\w.-]+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) params.set(name, value);
  }
  const complaint = lines.find(line => line.startsWith('# Error'));
  if (params.size === 0 && complaint)
    throw fail('REFUSED', `param.cgi: ${JSON.stringify(complaint.slice(0, 200))}`);
  return params;
}
