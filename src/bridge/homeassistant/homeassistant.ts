// Home Assistant is told of the devices, where and as long as the configuration wants that.
import type { Config } from '../../config/types.ts';
import type { Reading } from '../../event.ts';
import { discoveryTopic } from '../../homeassistant/discovery.ts';
import type { RoutedCamera } from '../../routing/match.ts';
import { createRouter, type RouteEvent } from '../../routing/router.ts';
import type { DeviceAddress } from '../../vapix/address.ts';
import { createDeafness } from '../deafness.ts';
import type { Foundation } from '../foundation.ts';
import { createListeners, type Listeners } from '../listeners.ts';
import { type DeviceOutlet, shownDevices } from '../outlet.ts';
import { type KnownDevice, shownDevice } from './device.ts';
import { createInquiry, type Inquiry } from './inquiry.ts';
import { createShow } from './show.ts';

export interface HomeAssistant {
  /** A device's way out, from which is learnt what there is to show of it. */
  follow(outlet: DeviceOutlet, device: FollowedDevice): DeviceOutlet;
  /** Learns no more of it; what was shown stays, until a configuration without the device is applied. */
  unfollow(id: string): void;
  /** Takes up a configuration, once its brokers and cameras run. */
  apply(config: Config): void;
  stop(): void;
}

export interface FollowedDevice extends Pick<KnownDevice, 'id' | 'labels' | 'wants' | 'commands'> {
  /** The way to it. */
  address: DeviceAddress;
}

interface Followed extends FollowedDevice {
  info?: (room: number) => string;
  readings: Map<string, Reading>;
  inquiry: Inquiry;
  /** Ends the gathering of what is new. */
  cancel?: (() => void) | undefined;
}

/** A device says its states one after the other: what is new is gathered for so long (ms). */
const GATHER = 1_000;

export function createHomeAssistant(house: Foundation, first: Config): HomeAssistant {
  const { base, outbox, clock } = house;
  const followed = new Map<string, Followed>();
  const screen = createShow(house);
  const asking = createAsking(house, screen.again);
  let config = first;
  let routeOf = routerOf(first);

  const refresh = (device: Followed) => {
    const { homeAssistant, bridge, actions } = config;
    if (!homeAssistant.enabled || device.info === undefined) return;
    const { id, labels, wants, commands, info, readings, inquiry } = device;
    if (homeAssistant.brokers.some(broker => actions.brokers.includes(broker))) inquiry.ask();
    const { equipment } = inquiry;
    const known = {
      id,
      labels,
      wants,
      commands,
      equipment,
      info: info(Number.POSITIVE_INFINITY),
      readings: [...readings.values()],
    };
    const bridgeState = `${base}/bridge/${bridge.id}/state`;
    const route = routeOf({ id, labels });
    for (const broker of homeAssistant.brokers) {
      const commanded = actions.brokers.includes(broker);
      const identify = (serial: string) => screen.identify(broker, { id, serial }, isHere);
      const place = { base, bridgeState, broker, commanded, route, notes: outbox.notes, identify };
      const shown = shownDevice(known, place);
      if (shown !== undefined)
        screen.show(broker, discoveryTopic(homeAssistant.discoveryPrefix, shown.identity), shown);
    }
  };

  /** Whether the device is of this bridge, be it heard or not. */
  const isHere = (id: string) => followed.has(id) || config.cameras.some(camera => camera.id === id);

  const gather = (device: Followed) => {
    if (!config.homeAssistant.enabled || !followed.has(device.id)) return;
    device.cancel ??= clock.after(GATHER, () => {
      device.cancel = undefined;
      refresh(device);
    });
  };

  const unfollow = (id: string) => {
    const device = followed.get(id);
    device?.cancel?.();
    device?.inquiry.stop();
    followed.delete(id);
  };

  return {
    follow(outlet, device) {
      const { address, commands } = device;
      const inquiry = createInquiry({ address, commands, clock, onAnswer: () => gather(known) });
      const known: Followed = { ...device, readings: new Map(), inquiry };
      followed.set(device.id, known);
      return learning(outlet, known, () => gather(known));
    },
    unfollow,
    apply(next) {
      config = next;
      routeOf = routerOf(next);
      const { enabled, brokers } = next.homeAssistant;
      const told = enabled ? brokers : [];
      const devices = new Set(shownDevices(outbox));
      screen.takeBack(
        [...house.brokers()],
        ({ broker, device }) => told.includes(broker) && devices.has(device),
      );
      asking.listen(told, `${next.homeAssistant.discoveryPrefix}/status`);
      for (const device of followed.values()) refresh(device);
    },
    stop() {
      asking.listen([], '');
      for (const id of [...followed.keys()]) unfollow(id);
    },
  };
}

/** The routes that deliver what our templates read. */
function routerOf({ bridge, routes }: Config): (camera: RoutedCamera) => RouteEvent {
  const readable = routes.filter(({ format }) => format === 'axis2mqtt');
  return createRouter({ base: bridge.baseTopic, bridge: bridge.id, routes: readable });
}

/** The outlet, with what passes it noted, and `onNews` called where that may be another entity, or one less. */
function learning(outlet: DeviceOutlet, known: Followed, onNews: () => void): DeviceOutlet {
  return {
    ...outlet,
    deliver(delivery) {
      const delivered = outlet.deliver(delivery);
      const isNews = delivery.fresh || delivery.event.operation === 'deleted';
      return isNews ? delivered.then(onNews) : delivered;
    },
    async reading(of, payload, notes) {
      await outlet.reading(of, payload, notes);
      const key = JSON.stringify([of.api, of.item]);
      const before = known.readings.get(key);
      if ('values' in of) known.readings.set(key, of);
      else known.readings.delete(key);
      if (shapeOf(before) !== shapeOf(known.readings.get(key))) onNews();
    },
    info(payload, serial) {
      outlet.info(payload, serial);
      known.info = payload;
      known.inquiry.renew();
      onNews();
    },
  };
}

/** The names and types of the values of a reading. */
function shapeOf(reading: Reading | undefined): string {
  const { values = {} } = reading ?? {};
  return Object.entries(values)
    .map(([name, value]) => `${typeof value} ${name}`)
    .join('\n');
}

/** Home Assistant says there that it has started; `onStart` gets the broker where it did. */
function createAsking({ reader, log }: Foundation, onStart: (broker: string) => void): Listeners {
  return createListeners({
    readerOf: reader,
    subscription: (broker, filter) => ({
      filters: [filter],
      // What the broker had kept is of before our connection, where all was said.
      async onMessage({ payload, retain }) {
        if (!retain && payload.toString() === 'online') onStart(broker);
      },
      ...createDeafness(log, { homeAssistant: filter, broker }),
    }),
  });
}
