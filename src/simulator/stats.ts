// What a device has seen of its clients, for tests and for the bench.

export interface Stats {
  /** Requests by method; those of RTSP and of HTTP. */
  readonly rtsp: Record<string, number>;
  readonly http: Record<string, number>;
  /** The last request lines, each after `RTSP ` or `HTTP `. */
  readonly seen: string[];
  /** Requests answered 401 for want of a login: the first round of Digest. */
  challenged: number;
  /** Logins with a wrong name, password, or a digest that does not hold. */
  failedLogins: number;
  /** Right logins on a nonce that was used up, unknown, or had an `nc` that did not grow. */
  staleLogins: number;
  /** OPTIONS, GET_PARAMETER and SET_PARAMETER during PLAY, by whether they bore the Session header. */
  readonly keepAlives: { withSession: number; withoutSession: number; receiverReports: number };
  /** Sessions ended for want of a keep-alive. */
  timeouts: number;
  /** Readers given up since they left too much unread. */
  overruns: number;
  /** Notifications written, replayed states included. */
  notifications: number;
}

export function createStats(): Stats {
  return {
    rtsp: {},
    http: {},
    seen: [],
    challenged: 0,
    failedLogins: 0,
    staleLogins: 0,
    keepAlives: { withSession: 0, withoutSession: 0, receiverReports: 0 },
    timeouts: 0,
    overruns: 0,
    notifications: 0,
  };
}

/** Counts one request and remembers its line; `limit` lines are kept. */
export function countRequest(
  stats: Stats,
  side: 'rtsp' | 'http',
  request: { method: string; line: string },
  limit: number,
): void {
  const counts = stats[side];
  counts[request.method] = (counts[request.method] ?? 0) + 1;
  stats.seen.push(`${side.toUpperCase()} ${request.line}`);
  if (stats.seen.length > limit) stats.seen.shift();
}

/** Counts how a login went. */
export function countLogin(stats: Stats, verdict: 'ok' | 'missing' | 'wrong' | 'stale'): void {
  if (verdict === 'missing') stats.challenged += 1;
  if (verdict === 'wrong') stats.failedLogins += 1;
  if (verdict === 'stale') stats.staleLogins += 1;
}
