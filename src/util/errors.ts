// Every error that a user can meet, as a table: what it means, whether trying again helps, what to do.

interface Row {
  /**
   * `soon`: backoff from 1 s; `late`: a long pause, since trying again does no good. `refusal` is `late`, and `login` too,
   * until it has worked once: then it may be a peer that starts, `soon` tried again, and `login` so that no account is locked.
   */
  retry: 'soon' | 'late' | 'refusal' | 'login';
  meaning: string;
  hint: string;
}

// biome-ignore format: a table reads by rows
export const ERRORS = {
  ADDRESS: row('soon', 'the host name does not resolve', 'check `host`, or use the IP address'),
  NO_DEVICE: row('soon', 'no device with that serial number answers in the network', 'check `serial` and that multicast reaches it, or set `host`'),
  UNREACHABLE: row('soon', 'nothing answers at that address', 'check `host`, `port`, cabling and firewall'),
  TIMEOUT: row('soon', 'no answer in time', 'check the network path and the load of the peer'),
  TLS: row('refusal', 'no TLS connection to it as configured', 'see the detail; a certificate: set `tls.ca`, `tls.fingerprint`, or `tls.insecure: true`'),
  AUTH: row('login', 'user name or password refused', 'correct the credentials; the next attempt waits'),
  FORBIDDEN: row('refusal', 'the account lacks the right', 'give the account operator or administrator rights'),
  INSECURE: row('refusal', 'only Basic over plain http is offered', 'use `https: true`, or allow `allowBasicOverHttp`'),
  REDIRECT: row('refusal', 'it redirects elsewhere', 'set `https: true`, or correct `host` and `port`'),
  NOT_FOUND: row('refusal', 'it does not know that path', 'check that the host is an Axis device'),
  UNSUPPORTED: row('refusal', 'it offers nothing that the bridge can use', 'AXIS OS 5.50 or later is needed; see the detail'),
  BUSY: row('soon', 'it has no resources for one more client', 'close other streams of this device'),
  REFUSED: row('soon', 'it refused the request', 'see its answer in the log'),
  PROTOCOL: row('soon', 'its answer makes no sense', 'see the detail; check that the host is an Axis device'),
  TOO_LARGE: row('soon', 'its answer is larger than the bound', 'see the detail'),
  FLOOD: row('late', 'it sends more than there is time for', 'see what sends so much there; name fewer topics'),
  STALLED: row('soon', 'the connection went silent', 'check the network path to the device'),
  CLOSED: row('soon', 'it closed the connection', 'none, if this is rare'),
  WRONG_DEVICE: row('late', 'another device answers at that address', 'correct `host`; was the camera exchanged, set the new `serial`, or `serial: any`'),
  BROKER_REFUSED: row('refusal', 'the broker refused the connection', 'see its reason code'),
  BROKER_AUTH: row('login', 'the broker refused the login', 'correct `username`, `password` or `clientId`'),
  BROKER_DENIED: row('soon', 'the broker refuses what it is sent', 'give its account the right to publish to these topics'),
  NOT_ALLOWED: row('late', 'the configuration does not allow that command', 'name it in the camera’s `commands`'),
  INVALID: row('late', 'the command makes no sense', 'see the detail; correct its payload'),
  EXPIRED: row('soon', 'the command came too late', 'see why the device is slow; send it again'),
  LOOP: row('late', 'a trigger sets itself off', 'see what it hears and what it does'),
  LISTEN: row('soon', 'its port cannot be listened on', 'stop what has the port, or set another'),
  STORE: row('soon', 'the queue on disk cannot be written', 'check space and rights of `dataDir`'),
  DESCRIPTORS: row('soon', 'no file descriptor is left', 'raise the limit of open files (`ulimit -n`, `LimitNOFILE=`): 2 for each camera, and 48'),
  CONFIG: row('late', 'the configuration is not usable', 'see each problem'),
  INTERNAL: row('soon', 'a fault of the bridge itself', 'report it with the log'),
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** An error with a code of the table. Its message never holds a secret. */
export interface BridgeError extends Error {
  readonly code: ErrorCode;
  /** Seconds that the peer asked to wait (Retry-After), where it did. */
  readonly retryAfter?: number;
}

export interface FailOptions {
  retryAfter?: number;
  cause?: unknown;
}

/** Makes the error to throw; `detail` says what happened at whom and never holds a secret. */
export function fail(code: ErrorCode, detail: string, options: FailOptions = {}): BridgeError {
  const error = new Error(detail, { cause: options.cause });
  Object.defineProperty(error, 'name', { value: code });
  const extra = options.retryAfter === undefined ? {} : { retryAfter: options.retryAfter };
  return Object.assign(error, { code, ...extra });
}

/** Whether an unknown thrown value is one of the table's. */
export function isBridgeError(error: unknown): error is BridgeError {
  return error instanceof Error && 'code' in error && Object.hasOwn(ERRORS, String(error.code));
}

const SYSTEM_CODES: Record<string, ErrorCode> = {
  ENOTFOUND: 'ADDRESS',
  EAI_AGAIN: 'ADDRESS',
  ECONNREFUSED: 'UNREACHABLE',
  EHOSTUNREACH: 'UNREACHABLE',
  ENETUNREACH: 'UNREACHABLE',
  EHOSTDOWN: 'UNREACHABLE',
  ETIMEDOUT: 'TIMEOUT',
  ECONNABORTED: 'TIMEOUT',
  EMFILE: 'DESCRIPTORS',
  ENFILE: 'DESCRIPTORS',
  ECONNRESET: 'CLOSED',
  EPIPE: 'CLOSED',
};

/** Puts an error of Node's sockets or TLS into the table; one that is there already stays as it is. */
export function fromSystem(error: unknown, who: string): BridgeError {
  if (isBridgeError(error)) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const text = wordsOf(error);
  if (isTlsCode(code)) return fail('TLS', `${who}: ${tlsWords(code)}`);
  return fail(SYSTEM_CODES[code] ?? 'INTERNAL', `${who}: ${code || text}`);
}

function isTlsCode(code: string): boolean {
  return /CERT|^ERR_TLS|^ERR_SSL|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|^EPROTO$|HOSTNAME_MISMATCH/.test(code);
}

/** What a TLS failure is about, where Node's code says so only to who knows it (alerts of RFC 8446 §6.2). */
const TLS_WORDS: readonly [RegExp, string][] = [
  [/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/, 'it may want a certificate of ours: `tls.cert` and `tls.key`'],
  [/ALERT_.*(UNKNOWN_CA|CERTIFICATE)|ALERT_ACCESS_DENIED/, 'it did not accept our certificate, `tls.cert`'],
  [/NO_APPLICATION_PROTOCOL/, 'it serves none of the protocols of `tls.alpn`'],
  [/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/, 'it offers no TLS of version 1.2 or later'],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/, 'it speaks no TLS at that port'],
];

function tlsWords(code: string): string {
  const words = TLS_WORDS.find(([pattern]) => pattern.test(code))?.[1];
  return words === undefined ? code : `${words} (${code})`;
}

function row(retry: Row['retry'], meaning: string, hint: string): Row {
  return { retry, meaning, hint };
}

/** What an error says; of what is none, itself as text. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
