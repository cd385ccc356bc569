// When Home Assistant is told what, and what is remembered of that.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { createBoard } from '../../../src/bridge/board.ts';
import { createHomeAssistant } from '../../../src/bridge/homeassistant.ts';
import { createOutlet, noteShown } from '../../../src/bridge/outlet.ts';
import type { Subscription } from '../../../src/mqtt/reader.ts';
import { identify } from '../../../src/normalize/identity.ts';
import { normalize } from '../../../src/normalize/normalize.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { checkDiscovery } from '../../support/homeassistant.ts';
import { declared, items, PORT, SERIAL, said } from '../../support/notification.ts';
import { tempDir } from '../../support/temp.ts';
import { CAMERA, config } from '../config/helper.ts';
import { openOutbox } from '../outbox/helpers.ts';

const BROKERS = 'brokers: {main: {url: mqtt://a}, cloud: {url: mqtt://b, clientId: other}}\n';
const TOPIC = `homeassistant/device/axis2mqtt_${SERIAL}/config`;
const GATHER = 1_000;
const PLATE = 'tnsaxis:CameraApplicationPlatform/ALPV.AllPlates';

const configOf = (section: string) => config(`${CAMERA}${BROKERS}homeAssistant: ${section}`);

function infoOf(serial: string | undefined = SERIAL): () => string {
  const { topic: _, ...port } = declared();
  const pulse = { property: false, source: [{ name: 'lane', type: 'xsd:int' }], key: [], data: [] };
  return () => JSON.stringify({ serial, model: 'P3245', events: { [PORT]: port, [PLATE]: pulse } });
}

async function setup(t: TestContext, section: string) {
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
    run: async () => undefined,
  };
  const readers = new Map(brokers().map(name => [name, { ...reader }]));
  const readerOf = (name = 'main') => readers.get(name) ?? reader;
  const first = await configOf(section);
  const house = { base: 'axis2mqtt', outbox, board, brokers, reader: readerOf, clock };
  const home = createHomeAssistant(house, first);
  const plain = createOutlet({
    device: 'entrance',
    base: 'axis2mqtt',
    outbox,
    board,
    brokers,
    route: () => [],
  });
  const outlet = home.follow(plain, { id: 'entrance', labels: {}, wants: () => true });
  await noteShown('entrance', outbox);
  await home.apply(first);
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

test('what a device says at once is told at once, to each broker', async t => {
  const { outlet, clock, told, say, names } = await setup(t, 'true');
  outlet.info(infoOf(), SERIAL);
  await say('1');
  await say('2');
  assert.equal(clock.waiting(), 1);
  assert.deepEqual(told, { main: [], cloud: [] });
  await clock.advance(GATHER);
  assert.deepEqual([told['main']?.length, told['cloud']?.length], [1, 1]);
  assert.deepEqual(names(told['main']?.[0]), [
    'IO Port 1 axis2mqtt/entrance/event/Device/IO/Port/port=1',
    'IO Port 2 axis2mqtt/entrance/event/Device/IO/Port/port=2',
    'License plate axis2mqtt/entrance/event/CameraApplicationPlatform/ALPV.AllPlates/+',
  ]);
});

test('a state that it says for the first time later is told then', async t => {
  const { outlet, clock, told, say, names } = await setup(t, '{enabled: true, broker: main}');
  outlet.info(infoOf(), SERIAL);
  await clock.advance(GATHER);
  await say('3');
  await clock.advance(GATHER);
  assert.ok(names(told['main']?.[1]).includes('IO Port 3 axis2mqtt/entrance/event/Device/IO/Port/port=3'));
});

test('what is no news is not told again', async t => {
  const { outlet, clock, told, say } = await setup(t, '{enabled: true, broker: main}');
  outlet.info(infoOf(), SERIAL);
  await say('1');
  await clock.advance(GATHER);
  outlet.info(infoOf(), SERIAL);
  await say('1');
  await say('2', false);
  await clock.advance(GATHER);
  assert.equal(told['main']?.length, 1);
  assert.deepEqual(told['cloud'], []);
});

test('a value that is polled is told once, and its end', async t => {
  const { outlet, clock, told, names } = await setup(t, '{enabled: true, broker: main}');
  const reading = { api: 'queue', item: '1/2', values: { people: 1 }, units: {}, counters: [], time: null };
  outlet.info(infoOf(), SERIAL);
  for (const people of [1, 2, 3]) {
    await outlet.reading({ ...reading, values: { people } }, '{}', []);
    await clock.advance(GATHER);
  }
  assert.equal(told['main']?.length, 1);
  assert.ok(names(told['main']?.[0]).includes('Queue 1/2 axis2mqtt/entrance/reading/queue/1%2F2'));
  await outlet.reading({ api: 'queue', item: '1/2' }, '', []);
  await clock.advance(GATHER);
  assert.equal(told['main']?.length, 2);
});

describe('nothing is told', () => {
  test('while it is off, and nothing waits', async t => {
    const { outlet, clock, told, say, listening } = await setup(t, 'false');
    outlet.info(infoOf(), SERIAL);
    await say('1');
    assert.equal(clock.waiting(), 0);
    assert.equal(listening.size, 0);
    assert.deepEqual(told, { main: [], cloud: [] });
  });

  test('of a device whose serial number is not known', async t => {
    const { outlet, clock, told, say } = await setup(t, 'true');
    outlet.info(() => JSON.stringify({ events: {} }), undefined);
    await say('1');
    await clock.advance(GATHER);
    assert.deepEqual(told, { main: [], cloud: [] });
  });

  test('of a camera that is stopped meanwhile', async t => {
    const { home, outlet, clock, told } = await setup(t, 'true');
    outlet.info(infoOf(), SERIAL);
    home.unfollow('entrance');
    outlet.info(infoOf(), SERIAL);
    assert.equal(clock.waiting(), 0);
    assert.deepEqual(told, { main: [], cloud: [] });
  });
});

test('what was told is taken back when switched off, twice if need be, and told anew when switched on', async t => {
  const { home, outlet, clock, told, say, notes } = await setup(t, '{enabled: true, broker: main}');
  const off = await configOf('false');
  outlet.info(infoOf(), SERIAL);
  await say('1');
  await clock.advance(GATHER);
  await home.apply(off);
  assert.equal(told['main']?.at(-1), '');
  assert.equal((await notes())[0].takenBack, true);
  await home.apply(off);
  assert.deepEqual(told['main']?.slice(-2), ['', '']);
  assert.deepEqual(await notes(), []);
  await home.apply(await configOf('{enabled: true, broker: main}'));
  assert.equal(told['main']?.at(-1), told['main']?.[0]);
});

test('another broker than before is told, and the old one no more', async t => {
  const { home, outlet, clock, told } = await setup(t, '{enabled: true, broker: main}');
  outlet.info(infoOf(), SERIAL);
  await clock.advance(GATHER);
  await home.apply(await configOf('{enabled: true, broker: cloud}'));
  assert.equal(told['main']?.at(-1), '');
  assert.equal(told['cloud']?.at(-1), told['main']?.[0]);
});

describe('Home Assistant that starts', () => {
  const message = { topic: 'homeassistant/status', qos: 0, properties: {} } as const;

  test('is told again, unless that was long ago', async t => {
    const { outlet, clock, told, listening } = await setup(t, '{enabled: true, broker: main}');
    outlet.info(infoOf(), SERIAL);
    await clock.advance(GATHER);
    const [subscription] = listening;
    assert.deepEqual(subscription?.filters, ['homeassistant/status']);
    await subscription?.onMessage({ ...message, payload: Buffer.from('online'), retain: true });
    await subscription?.onMessage({ ...message, payload: Buffer.from('offline'), retain: false });
    assert.equal(told['main']?.length, 1);
    await subscription?.onMessage({ ...message, payload: Buffer.from('online'), retain: false });
    assert.equal(told['main']?.length, 2);
  });

  test('is listened to where the configuration says, and no longer after the stop', async t => {
    const { home, outlet, clock, listening } = await setup(t, 'true');
    const [first] = listening;
    assert.equal(listening.size, 2);
    await home.apply(await configOf('true'));
    assert.equal([...listening][0], first, 'what is the same is left alone');
    await home.apply(await configOf('{enabled: true, discoveryPrefix: ha}'));
    assert.deepEqual(
      [...listening].map(({ filters }) => filters[0]),
      ['ha/status', 'ha/status'],
    );
    outlet.info(infoOf(), SERIAL);
    home.stop();
    assert.equal(listening.size, 0);
    assert.equal(clock.waiting(), 0);
  });
});
