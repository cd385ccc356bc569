// What the HTTP side, the RTSP side and the controls of one device share.
import { randomUUID } from 'node:crypto';
import { createEquipment, type Equipment } from './actions/state.ts';
import { createFaults, type Faults } from './faults.ts';
import { createGate, type Gate } from './http/gate.ts';
import { createMqttState, type MqttState } from './mqtt/state.ts';
import { createOnvifLogin, type OnvifLogin } from './onvif/login.ts';
import type { DeviceOptions } from './options.ts';
import { type Counted, createCounted } from './poll/state.ts';
import type { Message } from './rtsp/metadata.ts';
import { type Settings, settle } from './settings.ts';
import { createStamps } from './stamps.ts';
import { createStates, type States } from './states.ts';
import { createStats, type Stats } from './stats.ts';
import { createStreamTokens, type StreamTokens } from './websocket/stream-tokens.ts';

type Side = 'http' | 'https' | 'rtsp';

/** One event as load sends it: each connection takes the form that it speaks. */
export interface Shot {
  readonly topic: string;
  /** As a metadata document. */
  document(): string;
  message(): Message;
}

/** One stream of events to a client, by whatever protocol, as the controls see it. */
export interface Connection {
  readonly playing: boolean;
  /** True while its reader has not taken what was written, or while it is held back. */
  readonly blocked: boolean;
  /** Sends what its filter lets through, in as few documents as the oddities say. */
  deliver(messages: readonly Message[]): void;
  /** Sends one event of a load; false where the filter holds it back. */
  send(shot: Shot): boolean;
  /** Sends a document as it is, whatever the filter. */
  sendRaw(document: string): void;
  /** Writes bytes between two frames. */
  garbage(bytes: Buffer): void;
  /** Writes the first half of a frame; the returned function lets the rest follow. */
  halfPacket(shot: Shot): () => void;
  /** Gathers what `write` sends into one TCP write. */
  gather(write: () => void): void;
  /** Holds back all output and input, or lets them go on. */
  stall(on: boolean): void;
  /** Stops or resumes reading. */
  deafen(on: boolean): void;
  drop(): void;
}

/** A connection without a socket of its own: it is asked for what waits in it (PROTOCOLS 3). */
export interface PullPoint extends Connection {
  readonly id: string;
  /** By the device's clock. */
  readonly termination: number;
  /** Lets it live for so long from now on, if that is later. */
  extend(ms: number): void;
  /** Lets it live for just so long from now on. */
  renew(ms: number): void;
  /**
   * Messages, or a raw document, as soon as there are any; nothing once the time is up. Undefined while another pull
   * waits. Rejects where the connection is to close without an answer.
   */
  pull(options: {
    timeoutMs: number;
    limit: number;
    gone: AbortSignal;
  }): Promise<Message[] | string | undefined>;
  /** Queues every property's state. */
  synchronize(): void;
}

/** The ONVIF side: its login, and its pull points by their SubscriptionId. */
interface Onvif {
  readonly login: OnvifLogin;
  readonly points: Map<string, PullPoint>;
  /** Pull points that there ever were. */
  created: number;
}

export interface Ports {
  httpPort: number;
  rtspPort: number;
  httpsPort?: number;
  rtspsPort?: number;
}

export interface Core {
  readonly settings: Settings;
  readonly stats: Stats;
  readonly states: States;
  readonly faults: Faults;
  /** What the polled APIs tell. */
  readonly counted: Counted;
  /** What it can be made to do, and was. */
  readonly equipment: Equipment;
  readonly gates: Record<Side, Gate>;
  /** What opens a WebSocket stream without a login. */
  readonly tokens: StreamTokens;
  readonly connections: Set<Connection>;
  readonly onvif: Onvif;
  /** Its own MQTT client, as it is configured. */
  readonly mqtt: MqttState;
  readonly account: { username: string; password: string };
  /** The boot's id and the time it began, by the host's clock. */
  readonly boot: { id: string; at: number };
  ports: Partial<Ports>;
  /** How far the device's clock is ahead, in milliseconds. */
  skew: number;
  /** Whether new connections are not read. */
  deaf: boolean;
  /** The device's clock: milliseconds since the epoch. */
  now(): number;
  /** The same as its local time, as if that were UTC. */
  localNow(): number;
  /** The device's clock as an event's time. */
  stamp(): string;
}

export function createCore(options: DeviceOptions): Core {
  const settings = settle(options);
  const account = { username: options.username ?? 'root', password: options.password ?? 'pass' };
  const realm = `AXIS_${settings.serial}`;
  const gate = (side: Side) => createGate({ realm, account: () => account, options: settings.auth[side] });
  const core: Core = {
    settings,
    stats: createStats(),
    states: createStates(settings.topics),
    faults: createFaults(),
    counted: createCounted(),
    equipment: createEquipment(),
    gates: { http: gate('http'), https: gate('https'), rtsp: gate('rtsp') },
    tokens: createStreamTokens(settings.clock),
    connections: new Set(),
    onvif: {
      login: createOnvifLogin(settings, {
        realm,
        account: () => ({ ...account, ...settings.onvif.account }),
      }),
      points: new Map(),
      created: 0,
    },
    mqtt: createMqttState(settings.serial, settings.mqtt),
    account,
    boot: { id: randomUUID(), at: settings.clock.now() },
    ports: {},
    skew: 0,
    deaf: false,
    now: () => settings.clock.now() + core.skew,
    localNow: () => core.now() + (settings.http.utcOffsetMinutes ?? 0) * 60_000,
    stamp: createStamps(() => core.now()),
  };
  return core;
}

/** What a restart changes: the boot's id and time, and every nonce. */
export function restart(core: Core): void {
  core.boot.id = randomUUID();
  core.boot.at = core.settings.clock.now();
  for (const gate of Object.values(core.gates)) gate.forget();
  core.onvif.login.forget();
  endPullPoints(core);
}

/** Pull points have no socket that ends them with the device. */
export function endPullPoints({ onvif }: Core): void {
  for (const point of [...onvif.points.values()]) point.drop();
}
