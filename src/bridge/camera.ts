// One camera of the configuration as a part of the house.
import { startCamera as hearCamera } from '../camera/camera.ts';
import { wasHeard } from '../camera/known.ts';
import type { Availability, Note } from '../camera/outlet.ts';
import type { CameraSpec } from '../camera/spec.ts';
import { AUTO, createWhereabouts, type Whereabouts } from '../camera/whereabouts.ts';
import type { CameraConfig } from '../config/types.ts';
import { pullpoint } from '../sources/pullpoint/pullpoint.ts';
import { rtsp } from '../sources/rtsp/rtsp.ts';
import type { SourceCounter } from '../sources/source.ts';
import { websocket } from '../sources/websocket/websocket.ts';
import { fail } from '../util/errors.ts';
import type { DeviceAddress } from '../vapix/address.ts';
import { createLogins } from '../vapix/logins.ts';
import { withConnection } from './axis-connection.ts';
import { deviceMqttSource } from './device-mqtt.ts';
import type { House } from './house.ts';
import { createOutlet, type DeviceOutlet, noteShown } from './outlet.ts';
import type { Running } from './reconcile.ts';

export interface CameraPart extends Running<CameraConfig> {
  /** Takes up changed routes. */
  reroute(): void;
  /** Takes up what of the bridge's troubles concerns it now. */
  lookAtTroubles(): void;
  /** Has all its states and readings published again. */
  sayAgain(): void;
  /** What has to be kept from time to time, in case of a crash. */
  unsaved(): Note[];
  /** Its retained messages go. */
  clear(): Promise<void>;
  /** Undefined until its device ID is known. */
  status(): { device: string; availability: Availability | undefined } | undefined;
  /** What its source met since the start. */
  readonly counters: Readonly<Record<SourceCounter, number>>;
}

/** Hears a camera until it is stopped. */
export function startCamera(config: CameraConfig, house: House): CameraPart {
  const ending = new AbortController();
  let outlet: DeviceOutlet | undefined;
  let device: string | undefined;
  const counters = { bytes: 0, documents: 0, badDocuments: 0, rtpGaps: 0 };
  const whereabouts = whereaboutsOf(config, house);
  const address = addressOf(config, whereabouts, house);
  const camera = hearCamera({
    spec: { ...specOf(config), address, isSought: whereabouts !== undefined },
    ...(whereabouts && { whereabouts }),
    sources: { websocket, rtsp, pullpoint, 'device-mqtt': deviceMqttSource(config, house) },
    notes: house.outbox,
    outlet(id) {
      if (house.devices.has(id)) throw fail('CONFIG', `another camera has the id ${id} already`);
      house.devices.add(id);
      device = id;
      void noteShown(id, house.outbox);
      const { base, outbox, board, brokers, clock } = house;
      const routed = { id, labels: config.labels };
      const route = house.routeOf(routed);
      const plain = createOutlet({ device: id, base, outbox, board, brokers, route, clock });
      plain.trouble(house.troubleOf(routed));
      const places = (serial: string) => house.connectionsOf(routed, serial);
      const said = withConnection(plain, { device: id, serial: config.serial, places, board, outbox });
      const wants = house.fleet.filter(config.events.include, config.events.exclude);
      const shown = house.homeAssistant.follow(said, {
        ...routed,
        wants,
        commands: config.commands,
        address,
      });
      outlet = house.actions.follow(shown, { id, config, address });
      return outlet;
    },
    fleet: house.fleet,
    count(counter, by) {
      counters[counter] += by;
    },
    clock: house.clock,
    log: house.log,
    signal: ending.signal,
  });
  return {
    config,
    counters,
    reroute() {
      if (device !== undefined) outlet?.reroute(house.routeOf({ id: device, labels: config.labels }));
    },
    lookAtTroubles() {
      if (device !== undefined) outlet?.trouble(house.troubleOf({ id: device, labels: config.labels }));
    },
    sayAgain: camera.sayAgain,
    unsaved: camera.unsaved,
    async clear() {
      await outlet?.clear();
    },
    status: () => (device === undefined ? undefined : { device, availability: outlet?.availability() }),
    async stop() {
      ending.abort();
      await camera.ended;
      if (device === undefined) return;
      await house.actions.unfollow(device);
      house.devices.delete(device);
      house.homeAssistant.unfollow(device);
    },
  };
}

/** Where it is, with one account for all that log in there; ONVIF's may be another. */
function addressOf(
  config: CameraConfig,
  whereabouts: Whereabouts | undefined,
  { outbox, clock }: House,
): DeviceAddress {
  const { id, host, port, rtspPort, https, username, password, onvif, allowBasicOverHttp, tls } = config;
  const plain = { host, port, rtspPort, https, username, password, onvif, allowBasicOverHttp, tls };
  const wasAccepted = wasHeard(id, plain, outbox);
  const logins = createLogins({ clock, wasAccepted });
  const isSame = onvif.username === username && onvif.password.reveal() === password.reveal();
  const own = isSame ? logins : createLogins({ clock, wasAccepted });
  return {
    ...plain,
    get host() {
      return whereabouts?.host ?? host;
    },
    logins,
    onvif: { ...onvif, logins: own },
  };
}

/** Of a camera whose address is not named, but found. */
function whereaboutsOf({ id, serial, host }: CameraConfig, house: House): Whereabouts | undefined {
  if (host !== AUTO || id === undefined || serial === undefined) return undefined;
  const { find, outbox, clock, log } = house;
  const remember = (notes: readonly Note[]) => void outbox.remember(notes);
  return createWhereabouts({ device: id, serial, notes: outbox, remember, find, clock, log });
}

function specOf(config: CameraConfig): Omit<CameraSpec, 'address'> {
  const { id, serial, anySerial } = config;
  return {
    anySerial,
    ...(id === undefined ? {} : { id }),
    ...(serial === undefined ? {} : { serial }),
    source: config.source,
    include: config.events.include,
    exclude: config.events.exclude,
    ...(config.events.budget === undefined ? {} : { budget: config.events.budget }),
    fields: config.events.fields,
    polls: config.poll,
    labels: config.labels,
  };
}
