// What a simulated device can be told: its identity, its ports, its logins, and how it departs from the ordinary.
import type { Clock } from '../util/clock.ts';
import type { Topic } from './catalogue.ts';
import type { MqttOptions } from './mqtt/state.ts';

export type Algorithm = 'MD5' | 'SHA-256';
type Scheme = 'digest' | 'basic';
/** `people-counter` is the application, `people-counter-3d` the P8815-2; `ports` came with 9.70, `old-ports` is older. */
type PolledApiName =
  | 'people-counter'
  | 'people-counter-3d'
  | 'object-analytics'
  | 'queue'
  | 'ports'
  | 'old-ports'
  | 'temperature'
  | 'disks'
  | 'disk-health';
/** `virtual-input`, `clips` and `ports` are each newer than what is `old-`. */
type ActionApiName =
  | 'siren'
  | 'light'
  | 'overlay'
  | 'record'
  | 'virtual-input'
  | 'old-virtual-input'
  | 'clips'
  | 'old-clips'
  | 'ptz';
export type ApiName =
  | 'mqtt-client'
  | 'mqtt-events'
  | 'websocket'
  | 'events'
  | 'onvif'
  | 'info'
  | 'ready'
  | 'param'
  | 'accounts'
  | 'discovery'
  | 'time'
  | PolledApiName
  | ActionApiName;

/** How one side of a device asks for a login. */
export interface AuthOptions {
  /** Offered in this order; an empty list asks for no login. Default: digest, on https basic (PROTOCOLS 11). */
  schemes?: readonly Scheme[];
  /** One Digest challenge each, in this order. Default: MD5. */
  algorithms?: readonly Algorithm[];
  /** With `qop="auth"`; without it the RFC 2069 form. Default: true on HTTP, false on RTSP (PROTOCOLS 1.3). */
  qop?: boolean;
  /** Whether a single MD5 challenge names its algorithm. Default: true on HTTP, false on RTSP. */
  nameAlgorithm?: boolean;
  /** A nonce goes stale after so many uses. Default: never. */
  nonceUses?: number;
  /** `nc` must be the last one plus 1, and not only larger. Default: false. */
  exactNc?: boolean;
  /** All challenges in one header, not one header each. Default: false. */
  oneHeader?: boolean;
  /** Challenges go on over the line's end (RFC 2326 §4.2); RTSP only. Default: false. */
  folded?: boolean;
}

export interface SessionOptions {
  /** Seconds after which a session without a keep-alive ends. Default 60. */
  timeoutS?: number;
  /** Whether the Session header says the timeout. Default true. */
  stated?: boolean;
  /** The timeout that holds, and is said, from PLAY on. Default: `timeoutS`. */
  laterTimeoutS?: number;
  /** Unsent bytes at which the device gives a reader up. Default 16 MiB. */
  maxUnsentBytes?: number;
}

export interface HttpOptions {
  /** APIs that this device does not have (old firmware): they answer 404. */
  omit?: readonly ApiName[];
  /** 401 for GetEventInstances, whoever asks (PROTOCOLS 4). */
  refuseDeclarations?: boolean;
  /** 302 for everything: `https` for the device's own https port, else the origin to send to. */
  redirect?: string;
  /** Milliseconds before each answer. */
  delayMs?: number;
  /** Blanks appended to each body. */
  padBytes?: number;
  /** Whether getAllUnrestrictedProperties needs no login. Default true. */
  anonymousInfo?: boolean;
  /** JSON answers name no `method` and no `context` (10.12). Default false. */
  bareAnswers?: boolean;
  /** Whether systemready tells the boot's id (not before 11). Default true. */
  bootId?: boolean;
  /** Accumulated counts are named `human` and not `totalHuman`. Default false. */
  shortCountNames?: boolean;
  /** Minutes by which the device's local time is ahead of UTC. Default 0. */
  utcOffsetMinutes?: number;
}

/** Departures from the ordinary; each one alone is seen or allowed somewhere (PROTOCOLS 1.3 to 1.7). */
export interface Oddities {
  /** The channels that the server echoes, whatever was asked for. */
  channels?: readonly [number, number];
  relativeControl?: boolean;
  noSessionControl?: boolean;
  /** Video media before the application media. */
  video?: boolean;
  /** OPTIONS needs a login too. */
  optionsNeedLogin?: boolean;
  csrc?: number;
  extension?: boolean;
  padding?: boolean;
  /** Every document in so many packets. */
  packetsPerDocument?: number;
  /** NotificationMessages a document, where several are there to send at once. */
  messagesPerDocument?: number;
  /** Several NotificationMessages share one `tt:Event`. */
  oneEventBlock?: boolean;
  /** No empty document after PLAY. */
  noEmptyDocument?: boolean;
  /** Namespace prefixes other than the usual ones, declared on the root. */
  strangePrefixes?: boolean;
  /** A line break between every two elements. */
  newlines?: boolean;
  /** Replayed states bear the time of their change, and not that of PLAY. */
  replayOldTimes?: boolean;
  /** TCP writes of so many bytes. */
  chunkBytes?: number;
  /** An RTCP sender report after every so many documents. */
  senderReportEvery?: number;
  /** While it plays, answers come between two packets of one document. */
  answerMidDocument?: boolean;
  /** A sequence number is left out after every so many packets. */
  sequenceGapEvery?: number;
}

export interface TlsOptions {
  /** PEM texts. */
  key: string;
  cert: string;
  httpsPort?: number;
  rtspsPort?: number;
}

/** The WebSocket event stream; each departure from the ordinary is seen or allowed somewhere (PROTOCOLS 2). */
export interface WebSocketOptions {
  /** The upgrade takes no login, only a token: without one it is answered with this status, and no challenge. */
  tokenOnly?: 400 | 401 | 403;
  /** Error 2104 for the filter `//.`. */
  refuseCatchAll?: boolean;
  /** Error 2104 for a filter of several topics. */
  refuseUnions?: boolean;
  /** Its clock is not set: notifications bear no time. */
  noTimestamp?: boolean;
  /** It ends each connection so many milliseconds after the upgrade. */
  endsAfterMs?: number;
}

/** The ONVIF services; each departure from the ordinary is seen or allowed somewhere (PROTOCOLS 3). */
export interface OnvifOptions {
  /** Default: the device's own account. */
  username?: string;
  password?: string;
  /** Where the login is taken from: HTTP, a UsernameToken, or the one that comes. Default `either`. */
  login?: 'http' | 'token' | 'either';
  /** Tokens may be used once, and have to bear about the device's time. Default true. */
  replayProtection?: boolean;
  /** Default 10. */
  maxPullPoints?: number;
  /** Seconds that a pull may wait; for more it is a fault. Default 300. */
  maxTimeoutS?: number;
  /** Messages of one answer. Default 100. */
  maxMessages?: number;
  /** No filter is taken. Default false. */
  refuseFilter?: boolean;
  /** Which renewals are taken. Default `all`. */
  renewals?: 'all' | 'absolute' | 'none';
  /** A pull lets its pull point live for as long again as it could take. Default true. */
  pullsExtend?: boolean;
  /** A new pull point is told the states unasked. Default true. */
  statesAtOnce?: boolean;
}

export interface DeviceOptions {
  /** 12 upper-case hexadecimal digits. */
  serial?: string;
  model?: string;
  firmware?: string;
  username?: string;
  password?: string;
  host?: string;
  /** 0, the default, is any free port. */
  httpPort?: number;
  rtspPort?: number;
  /** Adds an https and an rtsps listener. */
  tls?: TlsOptions;
  auth?: { http?: AuthOptions; https?: AuthOptions; rtsp?: AuthOptions };
  session?: SessionOptions;
  http?: HttpOptions;
  onvif?: OnvifOptions;
  websocket?: WebSocketOptions;
  oddities?: Oddities;
  mqtt?: MqttOptions;
  topics?: readonly Topic[];
  /** Request lines that `stats.seen` holds at most. Default 1000. */
  seenLimit?: number;
  clock?: Clock;
}
