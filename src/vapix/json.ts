// The JSON APIs of VAPIX: one envelope for all, and errors that come with HTTP 200.
import { readJson } from '../protocol/json.ts';
import { fail, isBridgeError } from '../util/errors.ts';
import type { VapixClient } from './client.ts';
import { errorOf } from './words.ts';

export interface JsonCall {
  path: string;
  method: string;
  params?: Readonly<Record<string, unknown>>;
  apiVersion?: string;
  signal?: AbortSignal;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Calls a method of a JSON API and gives the text of the answer, for `decodeJson`. Rejects as the client does. */
export async function callJson(client: VapixClient, call: JsonCall): Promise<string> {
  return (await requestJson(client, call)).text;
}

/** The same with the headers of the answer. */
export function requestJson(client: VapixClient, call: JsonCall): ReturnType<VapixClient['request']> {
  const { path, method, params, apiVersion = '1.0', signal } = call;
  return client.request({
    method: 'POST',
    path,
    contentType: 'application/json',
    body: JSON.stringify({ apiVersion, context: 'axis2mqtt', method, params }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/**
 * The `data` of an answer, empty where there is none; `who` names the call in errors.
 * Throws REFUSED where the answer is an error, PROTOCOL where it is no JSON object.
 */
export function decodeJson(text: string, who: string): Fields {
  return fieldsOf(parseObject(text, who)['data']);
}

/** An object's fields; of anything else, none. */
export function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}

/** A string or a number as text; of anything else, the empty text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The JSON object that a text is. Throws REFUSED where it is an error, PROTOCOL where it is no object. */
export function parseObject(text: string, who: string): Fields {
  const fields = parse(text, who);
  if (!isObject(fields)) throw fail('PROTOCOL', `${who}: the answer is no JSON object`);
  const error = errorOf(fields);
  if (error !== undefined) throw fail('REFUSED', `${who}: ${JSON.stringify(error)}`);
  return fields;
}

function parse(text: string, who: string): unknown {
  try {
    return readJson(text);
  } catch (error) {
    if (isBridgeError(error) && error.code === 'PROTOCOL') return undefined;
    throw fail('TOO_LARGE', `${who}: ${error instanceof Error ? error.message : 'too much'}`);
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
