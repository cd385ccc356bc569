// One MQTT connection: mqtt.js for the handshake, the pings and the reading, and its end as a value. It never retries.

import type { Duplex } from 'node:stream';
import { type IClientOptions, type IConnackPacket, MqttClient } from 'mqtt';
import { createWebSocketStream, WebSocket } from 'ws';
import type { Clock } from '../util/clock.ts';
import { type ErrorCode, fail, fromSystem } from '../util/errors.ts';
import { filtered } from './filtered.ts';
import type { Frames, Oversize } from './frames.ts';
import { createInbox } from './inbox.ts';
import { problemOfGreeting, readLimits } from './limits.ts';
import { createOutgoing } from './outgoing.ts';
import { watchProgress } from './progress.ts';
import { disconnected, refusedConnection } from './reasons.ts';
import { openSocket, type Server } from './socket.ts';
import type { BrokerOptions, Connection, ConnectionError, Limits, ProtocolVersion, Will } from './types.ts';
import { createUnaskedLimit } from './unasked.ts';

/** Brokers of MQTT 5 are not told: they would drop what is larger without a word. */
const MAX_INBOUND = 1024 * 1024;
const GOODBYE_MS = 2_000;
const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_S = 20;
const JSON_TEXT = { payloadFormatIndicator: true, contentType: 'application/json' };

export interface ConnectOptions {
  broker: BrokerOptions;
  server: Server;
  version: ProtocolVersion;
  will?: Will | undefined;
  clock: Clock;
}

/**
 * Connects to one server in one protocol version. Rejects with a ConnectionError (its `reason` is the CONNACK's code),
 * or with the signal's reason; `signal` counts until the connection is made.
 */
export async function connect(options: ConnectOptions, signal: AbortSignal): Promise<Connection> {
  const { broker, server } = options;
  const timeoutMs = broker.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  const stream = await (broker.open?.(signal) ??
    openSocket(server, { tls: broker.tls ?? {}, timeoutMs, signal }));
  const wire = server.websocket ? openWebSocket(stream, options) : stream;
  const { stream: read, frames } = filtered(wire, { max: MAX_INBOUND, name: server.name });
  const client = new MqttClient(() => read, settingsOf(options, timeoutMs));
  const ending = createEnding(client, server.name);
  const greeting = await greet(client, ending, signal);
  const broken = problemOfGreeting(greeting);
  if (broken !== undefined) {
    const error = fail('PROTOCOL', `${server.name} ${broken}`);
    ending.finish(error);
    throw error;
  }
  const limits = readLimits(greeting, options.version);
  return createConnection({ client, wire, frames, ending }, { ...options, limits });
}

/** MQTT inside a WebSocket (MQTT 5 §6). */
function openWebSocket(stream: Duplex, { broker, server }: ConnectOptions): Duplex {
  const headers = Object.fromEntries(
    Object.entries(broker.headers ?? {}).map(([name, value]) => [name, value.reveal()]),
  );
  const options = { createConnection: () => stream, perMessageDeflate: false, headers };
  return createWebSocketStream(new WebSocket(`${server.name}${server.path}`, 'mqtt', options));
}

function settingsOf({ broker, version, will }: ConnectOptions, connectTimeout: number): IClientOptions {
  return {
    clientId: broker.clientId,
    protocolVersion: version,
    keepalive: broker.keepalive ?? KEEPALIVE_S,
    // A ping each time, not a timer anew for each acknowledgement.
    reschedulePings: false,
    reconnectPeriod: 0,
    queueQoSZero: false,
    connectTimeout,
    log: () => undefined,
    ...(broker.username === undefined ? {} : { username: broker.username }),
    ...(broker.password === undefined ? {} : { password: broker.password.reveal() }),
    ...(will === undefined
      ? {}
      : { will: { ...will, payload: Buffer.from(will.payload), properties: JSON_TEXT } }),
  };
}

interface Ending {
  ended: Promise<ConnectionError | undefined>;
  /** Ends it at once. */
  finish(error?: ConnectionError): void;
  /** Ends it in good order; what comes of that is no error. */
  leave(): void;
}

/** The first sign of the end is the reason; whatever the library says after that is its echo. */
function createEnding(client: MqttClient, name: string): Ending {
  let resolve: (error: ConnectionError | undefined) => void = () => undefined;
  let failure: Error | undefined;
  let leaving = false;
  const ended = new Promise<ConnectionError | undefined>(resolved => {
    resolve = resolved;
  });
  const finish = (error?: ConnectionError) => {
    resolve(leaving ? undefined : error);
    client.end(true);
  };
  client.on('disconnect', ({ reasonCode = 0 }) => finish(disconnected(reasonCode, name)));
  client.on('error', error => finish(translate(error, name)));
  client.on('close', () => finish(failure === undefined ? closed(name) : translate(failure, name)));
  // Errors without a code, such as a WebSocket's refusal, mqtt.js keeps to itself.
  client.stream.on('error', (error: Error) => {
    failure = error;
  });
  const leave = () => {
    leaving = true;
    client.end();
  };
  return { ended, finish, leave };
}

function greet(client: MqttClient, { ended, finish }: Ending, signal: AbortSignal): Promise<IConnackPacket> {
  return new Promise((resolve, reject) => {
    const abort = () => finish();
    signal.addEventListener('abort', abort);
    client.once('connect', packet => {
      signal.removeEventListener('abort', abort);
      resolve(packet);
    });
    void ended.then(error => {
      signal.removeEventListener('abort', abort);
      reject(error ?? signal.reason);
    });
    if (signal.aborted) abort();
  });
}

type Greeted = ConnectOptions & { limits: Limits };

interface Link {
  client: MqttClient;
  /** What the client's stream reads from and writes to. */
  wire: Duplex;
  frames: Frames;
  ending: Ending;
}

function createConnection({ client, wire, frames, ending }: Link, options: Greeted): Connection {
  const { version, limits, server, clock } = options;
  const { ended, finish, leave } = ending;
  const outgoing = createOutgoing({
    version,
    maximumPacketSize: limits.maximumPacketSize,
    send: (bytes, flushed) =>
      wire.write(bytes, error => {
        if (!error) flushed();
      }),
  });
  // Of what a busy broker sends most is that: the library's parser takes a tenth of the CPU of an event for it.
  frames.acknowledge = outgoing.acknowledge;
  const onUnasked = createUnaskedLimit(clock, () =>
    finish(fail('PROTOCOL', `${server.name} sends a flood of packets that nobody asked for`)),
  );
  const { isWaiting, ...inbox } = createInbox({ client, name: server.name, clock, finish, ended, onUnasked });
  client.on('packetreceive', packet => {
    if (outgoing.acknowledge(packet) || PUBLISHES.has(packet.cmd)) return;
    if (!isWaiting()) onUnasked();
  });
  let tooLarge: (message: Oversize) => void = onUnasked;
  frames.passOver = message => {
    const { qos, packetId } = message;
    // All is subscribed to at QoS 1.
    if (qos > 0) wire.write(Buffer.from([PUBACK, 2, packetId >> 8, packetId & 0xff]));
    tooLarge(message);
  };
  const unwatch = watchProgress({
    outgoing,
    finish,
    name: server.name,
    ms: options.broker.ackTimeoutMs,
    clock,
  });
  void ended.then(() => {
    unwatch();
    outgoing.end();
  });
  return {
    version,
    limits,
    server: server.name,
    ended,
    ...inbox,
    receive(take, on) {
      tooLarge = on.tooLarge;
      inbox.receive(take, on);
    },
    publish: outgoing.publish,
    writable: () => !wire.writableNeedDrain,
    onWritable: callback => void wire.on('drain', callback),
    destroy: finish,
    async close() {
      leave();
      const cancel = clock.after(GOODBYE_MS, () => finish());
      await ended;
      cancel();
    },
  };
}

const PUBACK = 0x40;

/** What comes of messages to us, which the inbox judges. */
const PUBLISHES: ReadonlySet<string> = new Set(['publish', 'pubrel']);

/** What mqtt.js only says in words. */
const SILENCES: Readonly<Record<string, ErrorCode>> = {
  'connack timeout': 'TIMEOUT',
  'Keepalive timeout': 'STALLED',
};

function translate(error: Error & { code?: unknown }, name: string): ConnectionError {
  if (typeof error.code === 'number') return refusedConnection(error.code, name);
  const silence = SILENCES[error.message];
  if (silence !== undefined) return fail(silence, `${name}: no answer`);
  if (typeof error.code !== 'string') {
    // It may be the answer to a message that makes no sense.
    const unread = fail(codeOfAnswer(error.message), `${name}: ${error.message}`);
    return Object.assign(unread, { suspect: true });
  }
  const known = fromSystem(error, name);
  return known.code === 'CLOSED' ? closed(name) : known;
}

/** The HTTP status that refuses a WebSocket comes as words. */
function codeOfAnswer(message: string): ErrorCode {
  if (/server response: 40[13]$/.test(message)) return 'BROKER_AUTH';
  return /server response: 404$/.test(message) ? 'BROKER_REFUSED' : 'PROTOCOL';
}

function closed(name: string): ConnectionError {
  return Object.assign(fail('CLOSED', `${name} closed the connection`), { suspect: true });
}
