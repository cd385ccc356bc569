// Home Assistant, a device and two brokers, without a network: what is told is kept.
import type { TestContext } from 'node:test';
import { createBoard } from '../../../src/bridge/board.ts';
import { createHomeAssistant } from '../../../src/bridge/homeassistant/homeassistant.ts';
import { createOutlet, noteShown } from '../../../src/bridge/outlet.ts';
import { Troubles } from '../../../src/bridge/troubles.ts';
import type { Subscription } from '../../../src/mqtt/reading-connection.ts';
import { identify } from '../../../src/normalize/identity.ts';
import { normalize } from '../../../src/normalize/normalize.ts';
import { createLog } from '../../../src/util/log.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { checkDiscovery } from '../../support/homeassistant.ts';
import { addressOf } from '../../support/http-device.ts';
import { declared, items, PORT, SERIAL, said } from '../../support/notification.ts';
import { tempDir } from '../../support/temp.ts';
import { CAMERA, config } from '../config/helper.ts';
import { openOutbox } from '../outbox/helpers.ts';

const BROKERS = 'brokers: {main: {url: mqtt://a}, cloud: {url: mqtt://b, clientId: other}}\n';
export const TOPIC = `homeassistant/device/axis2mqtt_${SERIAL}/config`;
/** What is new of a device is told after so long (ms). */
export const GATHER = 1_000;
const PLATE = 'tnsaxis:CameraApplicationPlatform/ALPV.AllPlates';

/** A camera that allows no commands, so that nothing is asked of it. */
export const FOLLOWED = {
  id: 'entrance',
  labels: {},
  wants: () => true,
  commands: [] as string[],
  address: addressOf(1),
};

export const configOf = (section: string) => config(`${CAMERA}${BROKERS}homeAssistant: ${section}`);

/** The info of a device that declares a port and a pulse, unless `events` says otherwise. */
export function infoOf(events?: object): () => string {
  const { topic: _, ...port } = declared();
  const pulse = { property: false, source: [{ name: 'lane', type: 'xsd:int' }], key: [], data: [] };
  return () =>
    JSON.stringify({ serial: SERIAL, model: 'P3245', events: events ?? { [PORT]: port, [PLATE]: pulse } });
}

/** Home Assistant with that section of the configuration, and a device that has said nothing yet. */
export async function setup(t: TestContext, section: string) {
  // Before the directory goes.
  t.after(() => outbox.close());
  const outbox = await openOutbox(await tempDir(t));
  const clock = createFakeClock();
  const board = createBoard();
  const brokers = () => ['main', 'cloud'];
  const told: Record<string, string[]> = { main: [], cloud: [] };
  for (const name of brokers())
    board.attach(name, {
      set: (topic, payload) => void (topic === TOPIC && told[name]?.push(String(payload))),
      delete: () => undefined,
    });
  const listening = new Set<Subscription>();
  const reader = {
    subscribe(subscription: Subscription) {
      listening.add(subscription);
      return () => void listening.delete(subscription);
    },
    ended: async () => undefined,
  };
  const readers = new Map(brokers().map(name => [name, { ...reader }]));
  const readerOf = (name = 'main') => readers.get(name) ?? reader;
  const first = await configOf(section);
  const log = createLog({ level: 'silent' });
  const house = {
    base: 'axis2mqtt',
    outbox,
    board,
    brokers,
    reader: readerOf,
    troubles: new Troubles({ clock, log }),
    clock,
    log,
  };
  const home = createHomeAssistant(house, first);
  const plain = createOutlet({
    device: 'entrance',
    base: 'axis2mqtt',
    outbox,
    board,
    brokers,
    clock,
    route: () => [],
  });
  const outlet = home.follow(plain, FOLLOWED);
  await noteShown('entrance', outbox);
  home.apply(first);
  const context = { device: 'entrance', serial: SERIAL, labels: {}, received: 0, id: '', resync: false };
  return {
    home,
    outbox,
    outlet,
    clock,
    told,
    listening,
    /** A port says its state, for the first time on this connection. */
    async say(port: string, fresh = true) {
      const notification = said({ source: items({ port }) });
      const { place, data } = identify(notification);
      const event = normalize(notification, {
        ...context,
        declaration: declared(),
        operation: 'initialized',
      });
      const notes = fresh ? [{ key: `state/entrance/${place}`, value: data }] : [];
      await outlet.deliver({ event, said: notification, place, fresh, notes });
    },
    names: (text = '') =>
      Object.values(checkDiscovery(TOPIC, text).components).map(
        ({ name, state_topic }) => `${name} ${state_topic}`,
      ),
    /** What is remembered of that, once it is durable. */
    async notes() {
      await outbox.remember([]);
      return [...outbox.notes('homeassistant/')].map(({ value }) => JSON.parse(value));
    },
  };
}
