// The one interface of all ways to hear a device.
import type { Notification, Unreadable } from '../event.ts';
import type { Clock } from '../util/clock.ts';
import type { Log } from '../util/log.ts';
import type { Moment } from '../util/moment.ts';
import type { DeviceAddress } from '../vapix/address.ts';

/** The ways to hear a device, by the names that the configuration gives them. */
export type SourceName = 'websocket' | 'rtsp' | 'pullpoint' | 'device-mqtt';

/** What a source counts; the camera adds it to its metrics. */
export type SourceCounter = 'documents' | 'badDocuments' | 'rtpGaps' | 'bytes';

/** What the device said of itself while the stream was opened. */
export interface OpenDetail {
  /** The login's realm, on Axis devices AXIS_<serial>. */
  realm: string | undefined;
  /** Its Date header. */
  date: string | undefined;
}

export interface SourceContext {
  address: DeviceAddress;
  /** The configuration's include patterns, so that the device need not send what nobody wants. */
  include: readonly string[];
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  /** The stream is up: the device sends its states from here on. */
  opened(detail: OpenDetail): void;
  /** Resolves once the event is durable. At most 64 are open at once: then the source stops reading. */
  emit(notification: Notification): Promise<void>;
  /**
   * To be called with the moment at which the device was asked something, once it has answered in the stream itself: all
   * that it had said by then came before the answer, is read, and is durable. `lastTime` is its own time in the last event.
   */
  caughtUp(asOf: Moment, lastTime: string | undefined): void;
  count(counter: SourceCounter, by?: number): void;
  /** To be called for each thing that cannot be read: it is logged, counted, and told to subscribers as a gap. */
  unreadable(what: Unreadable): void;
  /** Events since it was last caught up may be lost, though the stream goes on: told to subscribers as a gap. */
  missed(): void;
  /** Sees each document as it was received, before it is read: for recording it. */
  raw?(document: Buffer): void;
}

/** Runs until `signal` is aborted (resolves) or the stream ends (throws a BridgeError). Never retries. */
export type Source = (context: SourceContext) => Promise<void>;
