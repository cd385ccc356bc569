// The words of this room: a broker's settings, a message, how it ended, and a connection.
import type { Duplex } from 'node:stream';
import type { BridgeError } from '../util/errors.ts';
import type { Moment } from '../util/moment.ts';
import type { Secret } from '../util/secret.ts';
import type { Retry } from '../util/supervise.ts';
import type { PeerTls } from '../util/tls.ts';
import type { Oversize } from './frames.ts';
import type { Logins } from './logins.ts';

type QoS = 0 | 1 | 2;
/** 4 is MQTT 3.1.1. */
export type ProtocolVersion = 4 | 5;

/** What the broker publishes for a client that goes without a word. */
export interface Will {
  topic: string;
  payload: string;
  qos: QoS;
  retain: boolean;
}

/** How to reach a broker and who to be there. */
export interface BrokerOptions {
  /** URLs (mqtt, mqtts, ws, wss) of the same broker's servers, tried in order. */
  servers: readonly string[];
  clientId: string;
  username?: string;
  password?: Secret;
  /** Opens the way to a broker inside this process, where that is; then the address of its server is a name alone. */
  open?(signal: AbortSignal): Promise<Duplex>;
  /** `auto`: 5, and 3.1.1 where the broker refuses that. */
  protocolVersion: 'auto' | ProtocolVersion;
  tls?: PeerTls;
  /** Of the request that opens a WebSocket. */
  headers?: Readonly<Record<string, Secret>>;
  /** Seconds between pings, default 20: a silent broker is given up after one and a half of that. */
  keepalive?: number;
  /** For each step of connecting: TCP and TLS, then the broker's answer. Default 10 s. */
  connectTimeoutMs?: number;
  /** A message that is not acknowledged for so long ends the connection. Default 60 s. */
  ackTimeoutMs?: number;
  /** Shared by all clients of this broker; by default of this one alone. */
  logins?: Logins;
  /** How often a later server looks whether the first is back. Default 30 s. */
  lookMs?: number;
}

export interface Message {
  topic: string;
  /** UTF-8 text; '' is the zero-byte payload that clears a retained topic. */
  payload: string;
  qos: QoS;
  retain: boolean;
  /** Seconds until the broker may drop it, 0 for never. MQTT 5 only, as are the next three. */
  expiry: number;
  /** '' where the message has no id; then it has no user properties. */
  id: string;
  seq: number;
  device: string;
  /** The correlation data of the request that it answers, in base64. MQTT 5 only. */
  correlation?: string;
}

/** A message as the broker sent it. */
export interface Inbound {
  topic: string;
  payload: Buffer;
  qos: QoS;
  /** The broker had kept it: it is of before the subscription. */
  retain: boolean;
  /** MQTT 5; `messageExpiryInterval` in seconds, what is left of it. */
  properties: {
    responseTopic?: string;
    correlationData?: Buffer;
    messageExpiryInterval?: number;
    /** In which brokers and clients may tell who published. */
    userProperties?: Readonly<Record<string, string | string[]>>;
  };
}

/**
 * What a refusal means for the message. `never`: the same again would be refused again; `later`: not its fault, the
 * broker takes it another time; `suspect`: the broker does not say, so repeating shows.
 */
export type Fate = 'never' | 'later' | 'suspect';

/** How a publish ended. `unheard`: the broker says that nobody subscribes to it (MQTT 5, PUBACK 0x10). `lost`: the connection ended first, and nobody knows whether it arrived. */
export type PublishResult =
  | { outcome: 'ok'; unheard?: true }
  | { outcome: 'lost' }
  | { outcome: 'refused'; fate: Fate; reason: string };

/** What the broker's CONNACK allows, or is known to without one that says it. */
export interface Limits {
  /** Unanswered publishes of QoS 1 and 2. */
  receiveMaximum: number;
  /** Of these, of QoS 2. */
  receiveMaximumQoS2: number;
  maximumQoS: QoS;
  retainAvailable: boolean;
  /** Bytes. */
  maximumPacketSize: number;
}

/** What is remembered of a broker over restarts, by key. */
export interface BrokerNotes {
  get(key: string): string | undefined;
  /** null removes it. On disk soon; what a crash loses of it is found out again. */
  set(key: string, value: string | null): void;
}

/** Why a connection ended or was not made. `reason` is the broker's code, where it gave one. */
export interface ConnectionError extends BridgeError {
  /** When to try again, where that is known better than by the table of errors. */
  readonly retry?: Retry;
  readonly reason?: number;
  /** Whether a message that was sent may be the cause. */
  readonly suspect?: boolean;
  /** It is the oldest that was not answered, then: later ones were. */
  readonly oldest?: boolean;
}

/** One connection to a broker, from its CONNACK to its end. */
export interface Connection {
  readonly version: ProtocolVersion;
  readonly limits: Limits;
  /** The server's URL, without credentials. */
  readonly server: string;
  /** Sends a message; all of one turn of the event loop leave in one write. Always calls back, once, maybe at once. */
  publish(message: Message, settled: (result: PublishResult) => void): void;
  /** Whether the socket takes more just now. */
  writable(): boolean;
  /** Calls back each time that it takes more again. */
  onWritable(callback: () => void): void;
  /** Subscribes at QoS 1; rejects where the broker refuses that, or the connection ends first. */
  subscribe(filter: string): Promise<void>;
  unsubscribe(filter: string): void;
  /**
   * What the broker retains on that topic, '' for nothing; undefined where it does not say, or the connection ends.
   * To be asked while nothing is under way.
   */
  retained(topic: string): Promise<string | undefined>;
  /**
   * Hands on what comes from now on; while a promise that `take` gave is open, nothing more is read. `flooded` is called
   * where more comes for a while than there is time for, and it is read slower; `answered` when the broker has answered the
   * ping of that moment, behind all that it had sent; `tooLarge` for a message past 1 MiB, which is acknowledged and lost.
   */
  receive(
    take: (message: Inbound) => Promise<void> | undefined,
    on: { tooLarge(message: Oversize): void; flooded?(): void; answered?(asked: Moment): void },
  ): void;
  /** Resolves when it is over: with the reason, or with nothing after `close` or a `destroy` without one. */
  readonly ended: Promise<ConnectionError | undefined>;
  /** Says goodbye (no will), for 2 s at most. */
  close(): Promise<void>;
  /** Ends it at once (the broker then publishes the will). */
  destroy(error?: ConnectionError): void;
}
