// Everything that acted, or was refused, as one line: who as far as MQTT says it, what, and how it ended.
import type { Clock } from '../util/clock.ts';
import type { Hidden } from '../util/hidden.ts';
import type { Log } from '../util/log.ts';
import { createWindow } from './window.ts';

/** Where it came from. */
export type Cause = MqttCause | EventCause;

export interface MqttCause {
  broker: string;
  topic: string;
  /** User properties of MQTT 5, in which brokers and clients tell who published. */
  properties?: Readonly<Record<string, string>> | undefined;
  /** When the message expires, by the monotonic clock (ms), where it does. */
  expires?: number;
}

export interface EventCause {
  device: string;
  topic: string;
  event: string;
}

/** One line; its members are what the log and `{base}/bridge/{id}/audit` say. */
export type AuditLine = Readonly<{ by: Cause; outcome: string } & Record<string, unknown>>;

export type Audit = (line: AuditLine) => void;

export interface AuditOptions {
  clock: Clock;
  log: Log;
  /** What is in no line. */
  hidden: Hidden;
  /** Publishes the line, where that is wanted. */
  publish(payload: string): void;
}

/** Lines on what was refused, in 10 s: a flood of it is counted. What acted is bounded by the devices. */
const REFUSALS = { max: 200, ms: 10_000 };
const ACTED = new Set(['done', 'failed', 'dryRun']);
const PROPERTIES_MAX = 16;
const TEXT_MAX = 256;

export function createAudit({ clock, log, hidden, publish }: AuditOptions): Audit {
  const allows = createWindow({ ...REFUSALS, clock });
  let left = 0;
  return said => {
    if (!ACTED.has(said.outcome) && !allows()) {
      left += 1;
      return;
    }
    if (left > 0) log.warn({ refused: left }, 'audit: more was refused than is listed');
    left = 0;
    const { expires: _, ...by } = { expires: undefined, ...said.by };
    const line = { ...said, by };
    log.info({ audit: line }, `audit: ${line.outcome}`);
    publish(JSON.stringify(hidden.deep({ time: new Date(clock.now()).toISOString(), ...line })));
  };
}

/** The user properties of a message, cut to a size that a log can bear. */
export function claimsOf(
  properties: Readonly<Record<string, string | string[]>> = {},
): MqttCause['properties'] {
  const claims = Object.entries(properties).slice(0, PROPERTIES_MAX);
  if (claims.length === 0) return undefined;
  return Object.fromEntries(
    claims.map(([name, value]) => [name.slice(0, TEXT_MAX), String(value).slice(0, TEXT_MAX)]),
  );
}
