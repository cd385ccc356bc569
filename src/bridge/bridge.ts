// The only place where the rooms meet: a configuration goes in, running parts come out.
import { createFleet } from '../camera/fleet.ts';
import { closeHearings } from '../camera/hearing.ts';
import { isSame } from '../config/same.ts';
import type { BrokerConfig, CameraConfig, Config } from '../config/types.ts';
import type { Reader } from '../mqtt/reader.ts';
import { createOutbox, type Outbox } from '../outbox/outbox.ts';
import { recoverStore } from '../outbox/recover.ts';
import { connectionPlaces } from '../routing/connections.ts';
import { createRouter, type RouterOptions } from '../routing/router.ts';
import { type Clock, systemClock } from '../util/clock.ts';
import { fail } from '../util/errors.ts';
import type { Log, RootLog } from '../util/log.ts';
import { createActions } from './actions.ts';
import { createBoard } from './board.ts';
import { type BrokerPart, startBroker } from './broker.ts';
import { type CameraPart, startCamera } from './camera.ts';
import { createHomeAssistant } from './homeassistant.ts';
import type { House } from './house.ts';
import { forgetDevice, shownDevices } from './outlet.ts';
import { reconcile } from './reconcile.ts';
import { startReports } from './reports.ts';

export interface BridgeOptions {
  log: RootLog;
  clock?: Clock;
  /** Ends it at once when aborted; nothing queued is lost. */
  kill?: AbortSignal;
}

export interface Bridge {
  /**
   * Applies a changed configuration; touches only what changed. Throws CONFIG or STORE where a port or `dataDir` cannot
   * be used: then the old configuration goes on; INTERNAL where that cannot be used any more either.
   */
  apply(config: Config): Promise<void>;
  /** Sources first, then what is queued for a few seconds, then `offline`. */
  stop(): Promise<void>;
}

/** Starts the bridge: the change from nothing. Throws STORE or CONFIG where `dataDir` or a port cannot be used. */
export async function startBridge(first: Config, options: BridgeOptions): Promise<Bridge> {
  let running = await startParts(first, options);
  let config = first;
  return {
    async apply(next) {
      if (running.survives(next)) await running.apply(next);
      else running = await replace(next);
      config = next;
    },
    stop: () => running.stop(),
  };

  async function replace(next: Config): Promise<Parts> {
    await running.stop();
    try {
      return await startParts(next, options);
    } catch (error) {
      running = await startParts(config, options).catch((reason: Error) => {
        throw fail('INTERNAL', `the old configuration cannot be used any more: ${reason.message}`);
      });
      throw error;
    }
  }
}

interface Parts {
  /** Whether a change leaves alone what all parts stand on: the bridge's own settings. */
  survives(next: Config): boolean;
  apply(config: Config): Promise<void>;
  stop(): Promise<void>;
}

async function startParts(first: Config, options: BridgeOptions): Promise<Parts> {
  const { log, clock = systemClock, kill = new AbortController().signal } = options;
  const base = first.bridge.baseTopic;
  const topic = `${base}/bridge/${first.bridge.id}`;
  const outbox = await openOutbox(first.bridge.dataDir, log, clock);
  await outbox.remember(closeHearings(outbox));
  const brokers = new Map<string, BrokerPart>();
  const cameras = new Map<string, CameraPart>();
  let config = first;
  let route = createRouter(routingOf(first));

  const board = createBoard();
  const shared = {
    base,
    outbox,
    board,
    brokers: () => brokers.keys(),
    reader: (name = config.brokers[0]?.name) => readerOf(brokers, name),
    clock,
    log,
  };
  const house: House = {
    ...shared,
    devices: new Set(),
    homeAssistant: createHomeAssistant(shared, first),
    actions: createActions(shared, first),
    routeOf: camera => route(camera),
    connectionsOf: (camera, serial) => connectionPlaces(routingOf(config), camera, serial),
    fleet: createFleet(clock),
  };
  const reports = await startReports({ config: first, topic, house, brokers, cameras }).catch(
    async (error: unknown) => {
      await outbox.close();
      throw error;
    },
  );
  const state = { topic: `${topic}/state`, online: '{"state":"online"}', offline: '{"state":"offline"}' };

  const sayAgain = () => {
    for (const camera of cameras.values()) camera.sayAgain();
  };

  const parts: Parts = {
    survives: next => isSame(next.bridge, config.bridge),
    async apply(next) {
      await reports.serve(next);
      const before = config;
      config = next;
      if (!isSame(next.routes, before.routes)) {
        route = createRouter(routingOf(next));
        for (const camera of cameras.values()) camera.reroute();
      }
      log.setLevel(next.log.level);
      await reconcile({
        running: brokers,
        wanted: byName(next.brokers, ({ name }) => name),
        same: isSame,
        start: (broker: BrokerConfig) =>
          startBroker({ config: broker, outbox, board, state, clock, log, kill, onLost: sayAgain }),
      });
      await reconcile({
        running: cameras,
        wanted: byName(next.cameras, ({ id, host, port }) => id ?? `${host}:${port}`),
        same: isSame,
        start: (camera: CameraConfig) => startCamera(camera, house),
        removed: camera => camera.clear(),
      });
      await forgetAbsent(next, house);
      await house.homeAssistant.apply(next);
      await house.actions.apply(next);
      reports.applied(next);
    },
    async stop() {
      await house.actions.stop();
      await Promise.all([...cameras.values()].map(camera => camera.stop()));
      house.homeAssistant.stop();
      await reports.stop();
      await Promise.all([...brokers.values()].map(broker => broker.stop()));
      await outbox.close();
    },
  };
  await parts.apply(first);
  return parts;
}

async function openOutbox(dataDir: string, log: Log, clock: Clock): Promise<Outbox> {
  const recovered = await recoverStore(dataDir, clock.now()).catch((error: unknown) => {
    throw fail('STORE', `dataDir ${dataDir}: ${error instanceof Error ? error.message : String(error)}`);
  });
  const { store, setAside } = recovered;
  if (setAside !== undefined)
    log.error({ code: 'STORE', setAside }, 'the queue could not be read and was set aside');
  let told = false;
  return createOutbox({
    store,
    now: clock.now,
    after: clock.after,
    onError(error) {
      if (!told) log.error({ code: 'STORE' }, `the queue cannot be written: ${String(error)}`);
      told = true;
    },
    onRecovered() {
      told = false;
      log.info({}, 'the queue is written again');
    },
  });
}

function routingOf({ bridge, routes }: Config): RouterOptions {
  return { base: bridge.baseTopic, bridge: bridge.id, routes };
}

function readerOf(brokers: ReadonlyMap<string, BrokerPart>, name = ''): Reader {
  const broker = brokers.get(name);
  if (broker === undefined) throw fail('CONFIG', `there is no broker ${JSON.stringify(name)}`);
  return broker.reader();
}

function byName<T>(configs: readonly T[], nameOf: (config: T) => string): Map<string, T> {
  return new Map(configs.map(config => [nameOf(config), config]));
}

/** Devices that were of this bridge and are no more take their retained messages with them (DESIGN 3.1). */
async function forgetAbsent({ cameras }: Config, house: House): Promise<void> {
  const ids = new Set(cameras.map(({ id }) => id));
  const absent = shownDevices(house.outbox).filter(device => !ids.has(device));
  // A camera without an id is one of the serial numbers, nobody knows yet which.
  const unnamed = ids.has(undefined);
  for (const device of absent) if (!unnamed || !isSerial(device)) await forgetDevice(device, house);
}

function isSerial(device: string): boolean {
  return /^[0-9A-F]{12}$/.test(device);
}
