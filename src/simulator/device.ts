// One simulated Axis device on loopback: HTTP and RTSP, its life, its events, and what a test does to it.
import { sleep } from '../util/clock.ts';
import { type Equipment, endPulses } from './actions/state.ts';
import { type Controls, createControls } from './controls.ts';
import { type Core, createCore, endPullPoints, type Ports, restart } from './core.ts';
import { createEmitter, type Emitter } from './emitter.ts';
import { createListeners } from './listeners.ts';
import { createMqttLink } from './mqtt/link.ts';
import type { DeviceOptions } from './options.ts';
import { type Counted, createVisits, type Visits } from './poll/state.ts';
import type { Stats } from './stats.ts';

export interface Device extends Emitter, Controls, Visits {
  /** Closes all, forgets logins and sessions, gets a new boot id; resolves when it is back on its ports. */
  reboot(options: { downMs: number }): Promise<void>;
  readonly serial: string;
  readonly host: string;
  readonly stats: Stats;
  /** What the polled APIs tell: to be set. */
  readonly counted: Counted;
  /** What it can be made to do: to be set. */
  readonly equipment: Equipment;
  /** What it was asked for and did, in its order. */
  readonly acted: Equipment['acted'];
  /** Sessions in PLAY, and pull points. */
  readonly sessions: number;
  /** RTSP connections, playing or not, and pull points. */
  readonly connections: number;
  /** ONVIF pull points. */
  readonly subscriptions: number;
  /** Whether some session's reader lags behind what was sent. */
  readonly blocked: boolean;
  readonly bootId: string;
  /** The device's clock, in milliseconds since the epoch. */
  now(): number;
  /** Opens its listeners. Rejects with the error of the table where a port is taken. */
  start(): Promise<Ports>;
  /** Closes everything; it may start again, on the same ports. */
  stop(): Promise<void>;
  /** Gathers what `write` emits into one TCP write a session. */
  gather(write: () => void): void;
}

/** A device with these options; nothing is open before `start`. */
export function createDevice(options: DeviceOptions = {}): Device {
  const core = createCore(options);
  const playing = () => [...core.connections].filter(connection => connection.playing);
  return {
    serial: core.settings.serial,
    host: core.settings.host,
    stats: core.stats,
    counted: core.counted,
    equipment: core.equipment,
    acted: core.equipment.acted,
    get sessions() {
      return count(core.connections, connection => connection.playing);
    },
    get connections() {
      return core.connections.size;
    },
    get subscriptions() {
      return core.onvif.points.size;
    },
    get blocked() {
      return count(core.connections, connection => connection.playing && connection.blocked) > 0;
    },
    get bootId() {
      return core.boot.id;
    },
    now: core.now,
    gather: write =>
      playing().reduceRight(
        (inner, { gather }) =>
          () =>
            gather(inner),
        write,
      )(),
    ...createEmitter(core),
    ...createControls(core),
    ...createVisits(core.counted, core.settings.serial),
    ...createLife(core),
  };
}

function createLife(core: Core): Pick<Device, 'start' | 'stop' | 'reboot'> {
  const listeners = createListeners(core);
  const link = createMqttLink(core);
  let life = new AbortController();
  let rebooting: Promise<void> | undefined;

  async function goDownAndUp(downMs: number): Promise<void> {
    const { signal } = life;
    restart(core);
    await Promise.all([listeners.close(), link.down()]);
    await sleep(core.settings.clock, downMs, signal);
    if (signal.aborted) return;
    await listeners.open();
    link.up();
  }

  return {
    async start() {
      life = new AbortController();
      core.boot.at = core.settings.clock.now();
      const ports = await listeners.open();
      link.up();
      return ports;
    },
    async stop() {
      life.abort();
      // A reboot that failed has told its caller.
      await rebooting?.catch(() => undefined);
      endPullPoints(core);
      endPulses(core.equipment);
      await Promise.all([listeners.close(), link.down()]);
      core.faults.resume();
    },
    reboot({ downMs }) {
      rebooting ??= goDownAndUp(downMs).finally(() => {
        rebooting = undefined;
      });
      return rebooting;
    },
  };
}

/** Without an array: load asks for every event. */
function count<T>(all: Iterable<T>, meets: (one: T) => boolean): number {
  let found = 0;
  for (const one of all) if (meets(one)) found += 1;
  return found;
}
