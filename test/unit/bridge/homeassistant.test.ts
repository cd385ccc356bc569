// When Home Assistant is told what, and what is remembered of that.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SERIAL } from '../../support/notification.ts';
import { configOf, FOLLOWED, GATHER, infoOf, setup } from './homeassistant-setup.ts';

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

describe('nothing is taken away', () => {
  test('because values that were polled before were not read again yet', async t => {
    const { outlet, outbox, clock, told, say, home } = await setup(t, '{enabled: true, broker: main}');
    const reading = {
      api: 'queue',
      item: undefined,
      values: { people: 1 },
      units: {},
      counters: [],
      time: null,
    };
    outlet.info(infoOf(), SERIAL);
    await say('1');
    await outlet.reading(reading, '{}', [{ key: 'reading/entrance/queue', value: '[]' }]);
    await clock.advance(GATHER);
    home.unfollow('entrance');
    const again = home.follow(outlet, FOLLOWED);
    again.info(infoOf(), SERIAL);
    await clock.advance(GATHER);
    assert.equal(told['main']?.length, 1);
    await again.reading({ api: 'queue', item: undefined }, '', [
      { key: 'reading/entrance/queue', value: null },
    ]);
    await clock.advance(GATHER);
    assert.equal(outbox.note('reading/entrance/queue'), undefined);
    assert.match(told['main']?.[1] ?? '', /"sensor_\w+":\{"platform":"sensor"\}/);
  });

  test('because the device does not tell what it declares', async t => {
    const { outlet, clock, told, say } = await setup(t, '{enabled: true, broker: main}');
    outlet.info(infoOf(), SERIAL);
    await say('1');
    await clock.advance(GATHER);
    outlet.info(infoOf({}), SERIAL);
    await clock.advance(GATHER);
    assert.equal(told['main']?.length, 1);
  });
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
  home.apply(off);
  assert.equal(told['main']?.at(-1), '');
  assert.equal((await notes())[0].takenBack, true);
  home.apply(off);
  assert.deepEqual(told['main']?.slice(-2), ['', '']);
  assert.deepEqual(await notes(), []);
  home.apply(await configOf('{enabled: true, broker: main}'));
  assert.equal(told['main']?.at(-1), told['main']?.[0]);
});

test('another broker than before is told, and the old one no more', async t => {
  const { home, outlet, clock, told } = await setup(t, '{enabled: true, broker: main}');
  outlet.info(infoOf(), SERIAL);
  await clock.advance(GATHER);
  home.apply(await configOf('{enabled: true, broker: cloud}'));
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
    home.apply(await configOf('true'));
    assert.equal([...listening][0], first, 'what is the same is left alone');
    home.apply(await configOf('{enabled: true, discoveryPrefix: ha}'));
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
