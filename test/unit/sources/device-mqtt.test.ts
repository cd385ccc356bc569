// The source for a device's own MQTT client, at a broker that does as the test says.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createTopicFilter } from '../../../src/mqtt/filter.ts';
import { createDeviceMqtt, type MqttSubscribe } from '../../../src/sources/device-mqtt/device-mqtt.ts';
import type { SourceContext } from '../../../src/sources/source.ts';
import { fail } from '../../../src/util/errors.ts';
import { type Moment, momentOf } from '../../../src/util/moment.ts';
import { secret } from '../../../src/util/secret.ts';
import { needCorpus, readCorpus } from '../../support/corpus.ts';
import { ends, type Listening, listen, until } from '../../support/listen.ts';
import { items, PORT, SERIAL } from '../../support/notification.ts';

const LOGIN = { username: 'root', password: secret('pass') };
const ADDRESS = {
  host: '127.0.0.1',
  port: 1,
  rtspPort: 1,
  https: false,
  ...LOGIN,
  onvif: LOGIN,
  allowBasicOverHttp: false,
  tls: {},
};
const MQTT_PORT = `axis/${SERIAL}/event/tns:onvif/Device/tns:axis/IO/Port/$source/port/1`;
const CONNECTION = `axis/${SERIAL}/event/connection`;

type Subscription = Parameters<MqttSubscribe>[0];

interface FakeBroker {
  subscribe: MqttSubscribe;
  /** The filters that are subscribed now. */
  filters(): string[];
  /** Grants what was asked for. */
  grant(): Promise<void>;
  say(topic: string, payload: object | string, retain?: boolean): Promise<void>;
  /** Answers a ping of that moment. */
  answer(asked: Moment): Promise<void>;
  down(): void;
}

function createBroker(): FakeBroker {
  const subscriptions = new Set<Subscription>();
  const filters = () => [...subscriptions].flatMap(subscription => subscription.filters);
  return {
    subscribe(subscription) {
      subscriptions.add(subscription);
      return () => void subscriptions.delete(subscription);
    },
    filters,
    async grant() {
      for (const subscription of [...subscriptions]) subscription.onUp();
      await setImmediate();
    },
    async say(topic, payload, retain = false) {
      const bytes = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
      const fits = (filter: string) => createTopicFilter(filter)(topic);
      for (const { onMessage, filters } of [...subscriptions])
        if (filters.some(fits)) void onMessage({ topic, payload: bytes, retain });
      await setImmediate();
    },
    async answer(asked) {
      for (const { onAnswered } of [...subscriptions]) onAnswered?.(asked);
      await setImmediate();
    },
    down() {
      for (const { onDown } of [...subscriptions]) onDown(fail('CLOSED', 'the broker is gone'));
    },
  };
}

function connected(is: boolean, serialNumber = SERIAL): object {
  return { serialNumber, connected: is, description: '', timestamp: null };
}

function event(state: string, more: object = {}): object {
  const message = { source: { port: '1' }, key: {}, data: { state } };
  return { topic: 'onvif:Device/axis:IO/Port', timestamp: 1785325150144, message, ...more };
}

/** Listens at a broker that has granted everything. */
async function start(
  t: TestContext,
  options: { prefix?: string; serial?: string } & Partial<SourceContext> = { serial: SERIAL },
): Promise<Listening & { broker: FakeBroker }> {
  const broker = createBroker();
  const { prefix, serial, ...context } = options;
  const source = createDeviceMqtt({ subscribe: broker.subscribe, prefix, serial });
  const listening = listen(t, { source, address: ADDRESS, ...context });
  await setImmediate();
  await broker.grant();
  await broker.grant();
  return { ...listening, broker };
}

describe('the device', () => {
  test('is caught up with as of a ping that was answered, once the broker would have told that it is gone', async t => {
    const taken: (() => void)[] = [];
    const { broker, clock, caughtUp } = await start(t, {
      serial: SERIAL,
      emit: () => new Promise(resolve => taken.push(resolve)),
    });
    const begin = clock.monotonic();
    const ping = async () => {
      await broker.answer(momentOf(clock));
      await clock.advance(20_000);
    };
    for (let count = 0; count < 5; count++) await ping();
    await broker.say(MQTT_PORT, event('1'));
    assert.equal(caughtUp.length, 0);
    await ping();
    // What is not durable yet may still be lost.
    assert.equal(caughtUp.length, 0);
    taken[0]?.();
    await until(() => caughtUp.length === 1);
    assert.deepEqual(
      caughtUp.map(([asOf, lastTime]) => [asOf.monotonic - begin, lastTime]),
      [[0, '2026-07-29T11:39:10.144Z']],
    );
  });

  test('is asked for under both prefixes: first whether it is there, then its events', async t => {
    const { broker } = await start(t);
    assert.deepEqual(broker.filters(), [
      `axis/${SERIAL}/event/connection`,
      `${SERIAL}/event/connection`,
      `axis/${SERIAL}/event/#`,
      `${SERIAL}/event/#`,
    ]);
    const configured = await start(t, { prefix: 'site/{serial}/x', serial: SERIAL });
    assert.equal(configured.broker.filters()[0], `site/${SERIAL}/x/event/connection`);
  });

  test('is there when it says so, or with its first event', async t => {
    const first = await start(t);
    assert.equal(first.opened.length, 0);
    await first.broker.say(CONNECTION, connected(true), true);
    assert.deepEqual(first.opened, [{ realm: `AXIS_${SERIAL}`, date: undefined }]);
    const second = await start(t);
    await second.broker.say(MQTT_PORT, event('1'));
    assert.equal(second.emitted.length, 1);
    assert.deepEqual(second.opened, [{ realm: undefined, date: undefined }]);
  });

  test('is gone when its will says so, though it was only heard', async t => {
    const { broker, done } = await start(t);
    await broker.say(MQTT_PORT, event('1'));
    await broker.say(CONNECTION, connected(false));
    await ends(done, 'CLOSED', /its own MQTT client/);
    assert.deepEqual(broker.filters(), []);
  });

  test('is there under the new prefix, whatever an older firmware left under its own', async t => {
    const broker = createBroker();
    const source = createDeviceMqtt({ subscribe: broker.subscribe, serial: SERIAL });
    const { opened, done } = listen(t, { source, address: ADDRESS });
    await setImmediate();
    await broker.say(`${SERIAL}/event/connection`, connected(false), true);
    await broker.say(CONNECTION, connected(true), true);
    await broker.grant();
    await broker.grant();
    assert.equal(opened.length, 1);
    await broker.say(CONNECTION, connected(false));
    await ends(done, 'CLOSED');
  });

  test('that was gone is asked again for what the broker retains of it, once it is back', async t => {
    const broker = createBroker();
    let asked = 0;
    const subscribe: MqttSubscribe = subscription => {
      if (subscription.filters.some(filter => filter.endsWith('#'))) asked += 1;
      return broker.subscribe(subscription);
    };
    const source = createDeviceMqtt({ subscribe, serial: SERIAL });
    for (const run of [1, 2]) {
      const { opened, done } = listen(t, { source, address: ADDRESS });
      await setImmediate();
      await broker.say(CONNECTION, connected(false), true);
      await broker.grant();
      if (run === 1) await ends(done, 'CLOSED');
      else {
        await broker.grant();
        await broker.say(MQTT_PORT, event('1'), true);
        assert.deepEqual([opened.length, asked], [0, 1]);
        await broker.say(CONNECTION, connected(true));
        assert.deepEqual([opened.length, asked, broker.filters().length], [1, 2, 4]);
      }
    }
  });

  test('that is another one is WRONG_DEVICE; an event of another one is counted and left', async t => {
    const { broker, emitted, unreadable, done } = await start(t);
    await broker.say(MQTT_PORT, event('1', { serial: 'ACCC8EFFFFFF' }));
    assert.deepEqual([emitted.length, unreadable.length], [0, 1]);
    await broker.say(MQTT_PORT, event('1', { serial: SERIAL.toLowerCase() }));
    assert.equal(emitted.length, 1);
    await broker.say(CONNECTION, connected(true, 'ACCC8EFFFFFF'));
    await ends(done, 'WRONG_DEVICE', /ACCC8EFFFFFF/);
  });

  test('that says nothing is told of once, and listened to on', async t => {
    const warnings: string[] = [];
    const quiet = () => undefined;
    const log = { error: quiet, info: quiet, warn: (_: object, text: string) => void warnings.push(text) };
    const { broker, clock, opened } = await start(t, { serial: SERIAL, log });
    await clock.advance(30_000);
    assert.equal(warnings.length, 1);
    await broker.say(MQTT_PORT, event('1'));
    assert.equal(opened.length, 1);
  });

  test('that tells no serial number has to be reached, where its prefix needs one', async t => {
    const { done } = await start(t, {});
    await ends(done, 'UNREACHABLE');
    const { broker, emitted } = await start(t, { prefix: 'fixed' });
    await broker.say('fixed/event/x', event('1'));
    assert.equal(emitted.length, 1);
  });
});

describe('a message', () => {
  test('is read with all its items; its payload’s topic counts, and the MQTT topic where it has none', async t => {
    const { broker, emitted } = await start(t);
    await broker.say(`axis/${SERIAL}/event/Device/IO/Port/$source/port/1`, event('1'));
    await broker.say(MQTT_PORT, { ...event('0'), topic: undefined });
    await broker.say(`axis/${SERIAL}/event`, event('1'));
    assert.deepEqual(
      emitted.map(({ topic, source, data }) => [topic, source, data]),
      ['1', '0', '1'].map(state => [PORT, items({ port: '1' }), items({ state })]),
    );
    assert.equal(emitted[0]?.time, '2026-07-29T11:39:10.144Z');
  });

  test('that two filters publish twice is one; what is alike at another time, or says none, is two', async t => {
    const { broker, emitted } = await start(t);
    const later = event('1', { timestamp: 1785325150145 });
    const timeless = event('1', { timestamp: undefined });
    for (const payload of [event('1'), event('1'), later, later, timeless, timeless])
      await broker.say(MQTT_PORT, payload);
    assert.deepEqual(
      emitted.map(({ time }) => time),
      ['2026-07-29T11:39:10.144Z', '2026-07-29T11:39:10.145Z', null, null],
    );
  });

  test('that goes back and forth within a millisecond is told each time', async t => {
    const { broker, emitted } = await start(t);
    for (const state of ['1', '0', '1']) await broker.say(MQTT_PORT, event(state));
    assert.deepEqual(
      emitted.map(({ data }) => data[0]?.value),
      ['1', '0', '1'],
    );
  });

  test('that makes no sense is told, and the others go on', async t => {
    const { broker, emitted, unreadable } = await start(t);
    for (const payload of ['no json', '[]', '7', 'null', '{}', '"x"', '\u0000'])
      await broker.say(MQTT_PORT, payload);
    await broker.say(CONNECTION, 'no json');
    await broker.say(CONNECTION, { connected: 'yes' });
    const counts = [1, 1, 1, 1, 1, 1, 1, 0, 0];
    assert.deepEqual(
      unreadable.map(({ count }) => count),
      counts,
    );
    await broker.say(MQTT_PORT, '');
    assert.equal(unreadable.length, counts.length);
    await broker.say(MQTT_PORT, event('1'));
    assert.equal(emitted.length, 1);
  });

  test('as onvif-ej is read too, its topic that of the MQTT message', async t => {
    const { broker, emitted } = await start(t);
    const said = { UtcTime: '2026-01-01T00:00:00Z', Source: { Rule: '1' }, Data: { State: 'true' } };
    await broker.say(`axis/${SERIAL}/event/tns:onvif/RuleEngine/LineDetector/Crossed`, said);
    assert.deepEqual(emitted, [
      {
        topic: 'tns1:RuleEngine/LineDetector/Crossed',
        time: '2026-01-01T00:00:00Z',
        source: items({ Rule: '1' }),
        key: [],
        data: items({ State: 'true' }),
      },
    ]);
  });

  test('that says nothing is refused by name, with its topic where it has one', async t => {
    const { broker, emitted, unreadable } = await start(t);
    const message = { source: {}, key: {}, data: 'open' };
    await broker.say(MQTT_PORT, { topic: 'axis:A/B', timestamp: 1785325150144, message });
    await broker.say(MQTT_PORT, { topic: 'axis:A/B', timestamp: 1785325150144, door: 'open' });
    await broker.say(MQTT_PORT, { door: 'open' });
    await broker.say(`axis/${SERIAL}/event`, { door: 'open' });
    assert.deepEqual(emitted, []);
    assert.deepEqual(
      unreadable.map(({ topic, count }) => [topic, count]),
      [
        ['tnsaxis:A/B', 1],
        ['tnsaxis:A/B', 1],
        [PORT, 1],
        [undefined, 1],
      ],
    );
    assert.match(unreadable[0]?.reason ?? '', /the `data` of a notification is "open"/);
    assert.match(unreadable[1]?.reason ?? '', /says nothing/);
  });

  test('that is retained waits for the declarations, and those behind it too; without any it is passed over', async t => {
    const { broker, emitted } = await start(t);
    void broker.say(MQTT_PORT, event('retained'), true);
    void broker.say(MQTT_PORT, event('first'));
    void broker.say(MQTT_PORT, event('second'));
    await until(() => emitted.length === 2);
    assert.deepEqual(
      emitted.map(({ data }) => data[0]?.value),
      ['first', 'second'],
    );
  });

  test('of a real device is read', needCorpus('mqtt'), async t => {
    const { broker, emitted, unreadable } = await start(t, { prefix: 'p' });
    const payloads = readCorpus('mqtt', /\.json$/);
    for (const [, text] of payloads) await broker.say('p/event/x', text);
    assert.equal(emitted.length, payloads.size);
    assert.deepEqual(unreadable, []);
  });
});

describe('the end', () => {
  test('comes with that of the broker', async t => {
    const { broker, done, clock } = await start(t);
    await broker.say(CONNECTION, connected(true));
    broker.down();
    await ends(done, 'CLOSED', /the broker is gone/);
    assert.equal(clock.waiting(), 0);
  });

  test('comes with an event that cannot be kept', async t => {
    const emit = () => Promise.reject(fail('STORE', 'full'));
    const { broker, done } = await start(t, { serial: SERIAL, emit });
    await broker.say(MQTT_PORT, event('1'));
    await ends(done, 'STORE');
  });

  test('at a stop leaves nothing, before and after it is there', async t => {
    for (const is of [true, undefined]) {
      const { broker, done, stop, clock } = await start(t);
      if (is) await broker.say(CONNECTION, connected(true));
      stop();
      await done;
      assert.deepEqual([broker.filters(), clock.waiting()], [[], 0]);
    }
    const source = createDeviceMqtt({ subscribe: () => assert.fail('subscribes'), serial: SERIAL });
    await listen(t, { source, address: ADDRESS, signal: AbortSignal.abort() }).done;
  });
});
