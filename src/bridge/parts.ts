// The only place where the rooms meet: a configuration goes in, running parts come out; a change touches what changed.
import { createFleet } from '../camera/fleet.ts';
import { isSame } from '../config/same.ts';
import type { BrokerConfig, CameraConfig, Config } from '../config/types.ts';
import { createFinder } from '../discovery/finder.ts';
import type { Reader } from '../mqtt/reader.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { connectionPlaces } from '../routing/connections.ts';
import { createRouter, type RouterOptions } from '../routing/router.ts';
import { type Clock, sleep, systemClock } from '../util/clock.ts';
import { fail } from '../util/errors.ts';
import type { RootLog } from '../util/log.ts';
import { openFilesMax } from '../util/open-files.ts';
import { forgetAbsent } from './absent.ts';
import { type Actions, createActions } from './actions.ts';
import { createBoard } from './board.ts';
import { type BrokerPart, startBroker } from './broker.ts';
import { type CameraPart, startCamera } from './camera.ts';
import { clearFormer } from './former.ts';
import type { Foundation } from './foundation.ts';
import { createHomeAssistant } from './homeassistant/homeassistant.ts';
import type { House } from './house.ts';
import { reconcile } from './reconcile.ts';
import { type Reports, startReports } from './reports.ts';
import { clearUnrouted, strayConnections } from './retained.ts';
import { openOutbox } from './store.ts';
import { bridgeStateOf, Troubles, troubleOf } from './troubles.ts';

const NEVER = new AbortController().signal;
/** What is started or stopped in good order has so long (ms). */
const PATIENCE_MS = 10_000;

export interface PartsOptions {
  log: RootLog;
  clock?: Clock;
  /** Ends it at once when aborted; nothing queued is lost. */
  kill?: AbortSignal;
}

export interface Parts {
  /** Whether a change leaves alone what all parts stand on: the bridge's own settings. */
  survives(next: Config): boolean;
  apply(config: Config): Promise<void>;
  /** Messages that wait for their brokers. */
  queued(): number;
  stop(): Promise<void>;
}

/** Starts all that a configuration asks for. Throws STORE or CONFIG where `dataDir` or a port cannot be used. */
export async function startParts(first: Config, options: PartsOptions): Promise<Parts> {
  const { log, clock = systemClock } = options;
  const base = first.bridge.baseTopic;
  const troubles = new Troubles({ clock, log });
  const outbox = await openOutbox(first.bridge.dataDir, { log, clock, troubles });
  const running: Running = { config: first, brokers: new Map(), cameras: new Map() };
  const { brokers, cameras } = running;
  const foundation: Foundation = {
    base,
    outbox,
    board: createBoard(),
    brokers: () => brokers.keys(),
    reader: (name = running.config.brokers[0]?.name) => readerOf(brokers, name),
    troubles,
    clock,
    log,
  };
  const topic = `${base}/bridge/${first.bridge.id}`;
  const actions = createActions(foundation, first);
  const told = { config: first, topic, foundation, actions, brokers, cameras };
  const reports = await startReports(told).catch(async (error: unknown) => {
    await outbox.close();
    throw error;
  });
  const parts = manage(running, { ...options, topic, foundation, actions, reports });
  await parts.apply(first).catch(async (error: unknown) => {
    await parts.stop();
    throw error;
  });
  return parts;
}

interface Running {
  config: Config;
  brokers: Map<string, BrokerPart>;
  cameras: Map<string, CameraPart>;
}

interface Managed extends PartsOptions {
  /** `{base}/bridge/{id}`. */
  topic: string;
  foundation: Foundation;
  actions: Actions;
  reports: Reports;
}

/** Start is a change from nothing, and a change is the difference applied to what runs. */
function manage(running: Running, options: Managed): Parts {
  const { topic, foundation, actions, reports, log, kill = NEVER } = options;
  const { brokers, cameras } = running;
  const { outbox, board, clock, troubles } = foundation;
  let route = createRouter(routingOf(running.config));
  let started = false;
  const looking = new AbortController();
  const house: House = {
    ...foundation,
    devices: new Set(),
    homeAssistant: createHomeAssistant(foundation, running.config),
    actions,
    routeOf: camera => route(camera),
    troubleOf: camera => troubleOf(camera, troubles.current(), running.config),
    connectionsOf: (camera, serial) => connectionPlaces(routingOf(running.config), camera, serial),
    fleet: createFleet(clock, openFilesMax()),
    find: createFinder({
      clock,
      signal: looking.signal,
      trouble: text => log.warn({}, `looking for devices: ${text}`),
    }),
  };
  const state = {
    topic: `${topic}/state`,
    checkpoint: `${topic}/checkpoint`,
    online: () => bridgeStateOf(troubles.current()),
    offline: '{"state":"offline"}',
  };
  const sayAgain = () => {
    for (const camera of cameras.values()) camera.sayAgain();
  };
  outbox.onOutdated(sayAgain);
  const brokerOf = (config: BrokerConfig) =>
    startBroker({ config, outbox, board, state, troubles, clock, log, kill, onLost: sayAgain });
  const look = () => {
    for (const camera of cameras.values()) camera.lookAtTroubles();
  };
  troubles.onChange(() => {
    board.set(state.topic, state.online());
    look();
  });

  return {
    survives: next => isSame(next.bridge, running.config.bridge),
    async apply(next) {
      checkOwners(next, cameras);
      await reports.serve(next);
      const before = running.config;
      running.config = next;
      // An earlier run may have had other routes.
      if (!started || !isSame(next.routes, before.routes)) {
        clearUnrouted(outbox, next.routes);
        route = createRouter(routingOf(next));
        for (const camera of cameras.values()) camera.reroute();
        look();
      }
      log.setLevel(next.log.level);
      await reconcile({
        running: brokers,
        wanted: byName(next.brokers, ({ name }) => name),
        same: isSame,
        start: brokerOf,
      });
      await Promise.all([...brokers.values()].map(({ ready }) => ready));
      if (!started) clearEarlier(next, foundation);
      started = true;
      await reconcile({
        running: cameras,
        wanted: byName(next.cameras, ({ id, host, port }) => id ?? `${host}:${port}`),
        same: isSame,
        start: (camera: CameraConfig) => startCamera(camera, house),
        removed: camera => void camera.clear(),
      });
      forgetAbsent(next, foundation, house.devices);
      house.homeAssistant.apply(next);
      await actions.apply(next);
      reports.applied(next);
      // Where nothing was published before there are no states yet.
      if (!isSame(placesOf(next), placesOf(before))) sayAgain();
    },
    queued: () => queuedIn(outbox),
    async stop() {
      await inTime(actions.stop(), { kill, clock });
      const ended = Promise.all([...cameras.values()].map(camera => camera.stop()));
      // What they say last is in the queues before these are drained; on a full disk it waits for ever.
      await inTime(
        ended.then(() => outbox.remember([])),
        { kill, clock },
      );
      looking.abort();
      house.homeAssistant.stop();
      await inTime(reports.stop(), { kill, clock });
      await Promise.all([...brokers.values()].map(broker => broker.stop()));
      troubles.stop();
      await outbox.close();
    },
  };
}

/** Clears what an earlier run retained in other places. */
function clearEarlier({ bridge, routes }: Config, foundation: Foundation): void {
  const { outbox, board } = foundation;
  for (const { broker, topic } of strayConnections(outbox, routes)) board.clear(topic, broker);
  clearFormer({ base: bridge.baseTopic, id: bridge.id }, foundation);
}

/** Throws CONFIG where a new camera has the ID of a device that another one, which stays, was found to be. */
function checkOwners(next: Config, running: ReadonlyMap<string, CameraPart>): void {
  for (const { config, status } of running.values()) {
    const { id, host } = config;
    const device = status()?.device;
    const stays = id === undefined && next.cameras.some(camera => isSame(camera, config));
    if (stays && next.cameras.some(camera => camera.id === device))
      throw fail('CONFIG', `the camera at ${host} is ${device} already; give it that \`id\``);
  }
}

/** Resolves when the work is done, or has taken its time, or at the signal to end at once. */
async function inTime(
  work: Promise<unknown>,
  { kill, clock }: { kill: AbortSignal; clock: Clock },
): Promise<void> {
  const over = new AbortController();
  const late = sleep(clock, PATIENCE_MS, AbortSignal.any([kill, over.signal]));
  await Promise.race([work, late]).finally(() => over.abort());
}

function queuedIn(outbox: Outbox): number {
  const brokers = outbox.ledger().flatMap(device => Object.values(device.brokers));
  return brokers.reduce((sum, { queued }) => sum + queued, 0);
}

/** What decides where states are retained. */
function placesOf({ routes, brokers }: Config): unknown {
  return [routes, brokers.map(({ name, urls }) => [name, urls])];
}

function routingOf({ bridge, routes }: Config): RouterOptions {
  return { base: bridge.baseTopic, bridge: bridge.id, routes };
}

function readerOf(brokers: ReadonlyMap<string, BrokerPart>, name = ''): Reader {
  const broker = brokers.get(name);
  if (broker === undefined) throw fail('CONFIG', `there is no broker ${JSON.stringify(name)}`);
  return broker.reader;
}

function byName<T>(configs: readonly T[], nameOf: (config: T) => string): Map<string, T> {
  return new Map(configs.map(config => [nameOf(config), config]));
}
