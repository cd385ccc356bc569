// The JSON CGIs of VAPIX: one method table an API, HTTP 200 even on error (PROTOCOLS 7).
import type { HttpOptions } from '../options.ts';

export interface JsonApi {
  version: string;
  /** Data of the answer by method; undefined where a parameter is bad. */
  methods: Readonly<Record<string, (params: Params) => Record<string, unknown> | undefined>>;
}

type Params = Readonly<Record<string, unknown>>;

interface Call {
  context?: unknown;
  method: string;
  params: Params;
}

const ERRORS = {
  post: { code: 2002, message: 'HTTP request type not supported. Only POST is supported.' },
  method: { code: 2004, message: 'Method not supported' },
  json: { code: 4000, message: 'Invalid JSON' },
  params: { code: 4002, message: 'Required parameter missing or invalid' },
};

/** The body of the answer to a request with this HTTP method and body. */
export function answerJson(
  api: JsonApi,
  http: { method: string; body: string },
  options: HttpOptions,
): string {
  const call = http.method === 'POST' ? parseCall(http.body) : undefined;
  const result = resultOf(api, http.method, call);
  const named = options.bareAnswers || !call ? {} : { context: call.context, method: call.method };
  return JSON.stringify({ apiVersion: api.version, ...named, ...result });
}

/** The method that the body asks for, where it can be read. */
export function calledMethod(body: string): string | undefined {
  return parseCall(body)?.method;
}

function resultOf(api: JsonApi, httpMethod: string, call: Call | undefined): Record<string, unknown> {
  if (httpMethod !== 'POST') return { error: ERRORS.post };
  if (!call) return { error: ERRORS.json };
  const method = Object.hasOwn(api.methods, call.method) ? api.methods[call.method] : undefined;
  if (!method) return { error: ERRORS.method };
  const data = method(call.params);
  return data ? { data } : { error: ERRORS.params };
}

function parseCall(body: string): Call | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (!isRecord(value) || typeof value['method'] !== 'string') return undefined;
    const params = isRecord(value['params']) ? value['params'] : {};
    return { context: value['context'], method: value['method'], params };
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
