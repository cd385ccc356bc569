// Finds a way to a broker: its servers in order, the protocol version, and a will that it takes.
import type { Clock } from '../util/clock.ts';
import { type BridgeError, ERRORS, fail, isBridgeError } from '../util/errors.ts';
import { connect } from './connection.ts';
import { Logins } from './logins.ts';
import { isVersionRefusal, QOS_NOT_SUPPORTED, RETAIN_NOT_SUPPORTED } from './reasons.ts';
import { parseServer, type Server } from './socket.ts';
import type { BrokerOptions, Connection, ConnectionError, ProtocolVersion, Will } from './types.ts';

export interface DialOptions {
  broker: BrokerOptions;
  will?: Will | undefined;
  clock: Clock;
}

/** What is asked of the broker: less each time that it refuses a part. */
interface Terms {
  version: ProtocolVersion;
  will: Will | undefined;
}

/**
 * Returns the function that connects: it rejects with the error of the server that tells most, or with the signal's
 * reason. What a broker took is asked first the next time, until a try fails. Throws CONFIG for a bad URL.
 */
export function createDialer({
  broker,
  will,
  clock,
}: DialOptions): (signal: AbortSignal) => Promise<Connection> {
  const { clientId, logins = new Logins(clock) } = broker;
  const servers = broker.servers.map(parseServer);
  const best: Terms = { version: broker.protocolVersion === 4 ? 4 : 5, will };
  let terms = best;

  async function tryServer(server: Server, signal: AbortSignal): Promise<Connection> {
    for (;;) {
      try {
        return await connect({ broker, server, clock, ...terms }, signal);
      } catch (error) {
        const less = signal.aborted ? undefined : askLess(terms, error, broker);
        if (less === undefined) throw error;
        terms = less;
      }
    }
  }

  async function logIn(server: Server, signal: AbortSignal): Promise<Connection> {
    // Another client may have been refused while this one waited for its turn.
    if (logins.restOf(server.name, clientId) > 0) throw refusedBefore(server);
    try {
      const connection = await tryServer(server, signal);
      void connection.ended.then(logins.accepted(server.name, clientId));
      return connection;
    } catch (error) {
      if (isBridgeError(error) && error.code === 'BROKER_AUTH') logins.refused(server.name, clientId);
      throw error;
    }
  }

  return async signal => {
    const errors: unknown[] = [];
    for (const server of servers) {
      try {
        return await logins.turn(() => logIn(server, signal), signal);
      } catch (error) {
        signal.throwIfAborted();
        terms = best;
        errors.push(error);
      }
    }
    const rests = servers.map(({ name }) => logins.restOf(name, clientId));
    throw mostTelling(errors, Math.min(...rests));
  };
}

function refusedBefore({ name }: Server): BridgeError {
  return fail('BROKER_AUTH', `${name} refused the login, which rests`);
}

/** One that refuses says more than one that is not there just now; when to try again is another question. */
function mostTelling(errors: readonly unknown[], restMs: number): unknown {
  const error = errors.find(isRefusal) ?? errors[0];
  if (!(error instanceof Error)) return error;
  if (restMs > 0) return Object.assign(error, { retry: { waitMs: restMs } });
  return errors.every(isRefusal) ? error : Object.assign(error, { retry: 'soon' });
}

/** What to ask instead after this refusal; undefined where nothing less would help. */
function askLess(terms: Terms, error: unknown, broker: BrokerOptions): Terms | undefined {
  if (!isBridgeError(error)) return undefined;
  const { reason, code }: ConnectionError = error;
  const { version, will } = terms;
  if (will?.retain && reason === RETAIN_NOT_SUPPORTED) return { ...terms, will: { ...will, retain: false } };
  if (will !== undefined && will.qos > 0 && reason === QOS_NOT_SUPPORTED)
    return { ...terms, will: lower(will) };
  // Some brokers of 3.1.1 say that they do not know 5, others just close.
  const unknown = isVersionRefusal(reason) || (reason === undefined && code === 'CLOSED');
  return broker.protocolVersion === 'auto' && version === 5 && unknown ? { ...terms, version: 4 } : undefined;
}

function lower(will: Will): Will {
  return { ...will, qos: will.qos === 2 ? 1 : 0 };
}

function isRefusal(error: unknown): boolean {
  return isBridgeError(error) && ERRORS[error.code].retry !== 'soon';
}
