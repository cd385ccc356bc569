// Whatever a device sends, what is published of it is as the published schema says: from bytes to payload, by every reader.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Item, Notification, TopicDeclaration } from '../../src/event.ts';
import { normalize } from '../../src/normalize/normalize.ts';
import { readStreamMessage } from '../../src/protocol/event-stream.ts';
import { readStreamDocument } from '../../src/protocol/metadata.ts';
import type { ReadResult } from '../../src/protocol/notification-sink.ts';
import { readPullAnswer } from '../../src/protocol/pull-answer.ts';
import { createRouter } from '../../src/routing/router.ts';
import { createDeviceMqtt, type MqttSubscribe } from '../../src/sources/device-mqtt/device-mqtt.ts';
import { isBridgeError } from '../../src/util/errors.ts';
import { addressOf } from '../support/http-device.ts';
import { listen, until } from '../support/listen.ts';
import { createJudge } from '../support/payloads.ts';
import { seeded } from '../support/random.ts';

const DOCUMENTS = 1_500;
const SERIAL = 'ACCC8E012345';

/** Random choices, some of them odd. */
class Dice {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  of<T>(...choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  list<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, make);
  }

  name(): string {
    const odd = [
      '',
      '__proto__',
      'constructor',
      'a/b',
      '#',
      '+',
      '$x',
      '0',
      ' ',
      '\u0000',
      '\ud800',
      '\ufffe',
      'é☂',
    ];
    return this.chance(0.2)
      ? this.of(...odd, 'n'.repeat(300))
      : this.of('port', 'state', 'Rule', 'LogicalState');
  }

  text(): string {
    const odd = [
      '',
      ' ',
      '\ud800',
      '\u0000',
      '"\\',
      ']]>',
      '&amp;',
      'NaN',
      '1e999',
      '9'.repeat(30),
      'x'.repeat(5_000),
    ];
    return this.chance(0.2)
      ? this.of(...odd)
      : this.of('0', '1', 'true', 'True', 'active', 'OFF', '-3', '2.5', 'a b');
  }

  topic(): string {
    const odd = ['', ' ', '/', 'tns1:', ':', 'a//b', 'x:y:z', '#/+', '\ud800', `tns1:${'a/'.repeat(3_000)}`];
    return this.chance(0.15)
      ? this.of(...odd)
      : this.of('tns1:Device/tnsaxis:IO/Port', 'onvif:Device/axis:IO/Port', 'a/b');
  }

  time(): string {
    const odd = [
      '',
      'yesterday',
      '2026-02-30T00:00:00Z',
      '2026-01-01T24:00:00Z',
      '2026-13-01T00:00:00Z',
      '0000-00-00',
      '7',
    ];
    return this.chance(0.3)
      ? this.of(...odd)
      : this.of(
          '2026-01-01T00:00:00Z',
          '2026-01-01T00:00:00.123456Z',
          '2026-01-01T01:00:00+01:00',
          '2026-01-01T00:00Z',
        );
  }

  value(depth = 0): unknown {
    if (depth < 4 && this.chance(0.1))
      return Object.fromEntries(this.list(3, () => [this.name(), this.value(depth + 1)]));
    if (depth < 4 && this.chance(0.05)) return this.list(3, () => this.value(depth + 1));
    return this.chance(0.15) ? this.of<unknown>(null, true, 7, -0.5, 1e300, {}, []) : this.text();
  }
}

function jsonNotification(dice: Dice): unknown {
  const group = () =>
    dice.chance(0.1) ? dice.value() : Object.fromEntries(dice.list(3, () => [dice.name(), dice.value()]));
  const names = dice.chance(0.2) ? ['Source', 'Key', 'Data'] : ['source', 'key', 'data'];
  const groups = Object.fromEntries(names.filter(() => dice.chance(0.8)).map(name => [name, group()]));
  const body = dice.chance(0.8) ? { message: dice.chance(0.05) ? dice.value() : groups } : groups;
  const topic = dice.chance(0.9) ? { topic: dice.chance(0.05) ? dice.value() : dice.topic() } : {};
  const time = dice.of<object>(
    {},
    { timestamp: 1785325150144 },
    { timestamp: dice.value() },
    { UtcTime: dice.time() },
  );
  return { ...topic, ...time, ...body };
}

function xmlNotification(dice: Dice): string {
  const escaped = (text: string) =>
    dice.chance(0.05) ? text : text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`);
  const attribute = (name: string, text: string) => (dice.chance(0.04) ? '' : ` ${name}="${escaped(text)}"`);
  const item = () => {
    const [name, value] = [attribute('Name', dice.name()), attribute('Value', dice.text())];
    if (dice.chance(0.1))
      return `<tt:ElementItem${name}><tt:A b="1">${escaped(dice.text())}</tt:A></tt:ElementItem>`;
    return `<tt:SimpleItem${name}${value}/>`;
  };
  const groups = ['Source', 'Key', 'Data'].map(group =>
    dice.chance(0.8) ? `<tt:${group}>${dice.list(3, item).join('')}</tt:${group}>` : '',
  );
  const operation = dice.chance(0.7)
    ? attribute('PropertyOperation', dice.of('Initialized', 'Changed', 'Deleted', 'x'))
    : '';
  const message = `<tt:Message${attribute('UtcTime', dice.time())}${operation}>${groups.join('')}</tt:Message>`;
  const topic = dice.chance(0.95) ? `<wsnt:Topic>${escaped(dice.topic())}</wsnt:Topic>` : '';
  const wrapped = dice.chance(0.95)
    ? `<wsnt:Message>${message}</wsnt:Message>`
    : '<wsnt:Message><a/></wsnt:Message>';
  return `<wsnt:NotificationMessage>${topic}${wrapped}</wsnt:NotificationMessage>`;
}

const NAMESPACES =
  'xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" ' +
  'xmlns:tns1="http://www.onvif.org/ver10/topics" xmlns:tnsaxis="http://www.axis.com/2009/event/topics"';

function metadata(dice: Dice): string {
  const events = dice.list(3, () => xmlNotification(dice)).join('');
  return `<?xml version="1.0"?><tt:MetadataStream ${NAMESPACES}><tt:Event>${events}</tt:Event></tt:MetadataStream>`;
}

function pullAnswer(dice: Dice): string {
  const events = dice.list(3, () => xmlNotification(dice)).join('');
  const answer = `<e:PullMessagesResponse xmlns:e="http://www.onvif.org/ver10/events/wsdl">${events}</e:PullMessagesResponse>`;
  return `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" ${NAMESPACES}><s:Body>${answer}</s:Body></s:Envelope>`;
}

/** Bytes changed, taken out, put in twice. */
function damaged(bytes: Buffer, dice: Dice): Buffer {
  if (bytes.length === 0 || dice.chance(0.6)) return bytes;
  const at = dice.below(bytes.length);
  const to = at + dice.below(Math.min(200, bytes.length - at));
  const put = dice.of(
    '',
    '<',
    '&',
    '"',
    '}',
    ']',
    '\u0000',
    '<!--',
    '<![CDATA[',
    '&nbsp;',
    '{"a":',
    '\ufeff',
  );
  const middle = dice.of(Buffer.from(put), Buffer.from([dice.below(256)]), bytes.subarray(at, to));
  return Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(dice.of(at, to))]);
}

/** Of what a device could declare of an event. */
function declarationOf({ topic, source, key, data }: Notification, dice: Dice): TopicDeclaration | undefined {
  if (dice.chance(0.2)) return undefined;
  const type = () =>
    dice.of('xsd:boolean', 'xsd:int', 'xsd:double', 'xsd:string', 'tt:RelayLogicalState', '');
  const items = (said: readonly Item[]) =>
    said.map(({ name }) => ({ name, type: type(), ...(dice.chance(0.4) ? { state: true as const } : {}) }));
  return { topic, property: dice.chance(0.7), source: items(source), key: items(key), data: items(data) };
}

const judge = createJudge({ strict: true });
const routes = (['axis2mqtt', 'axis', 'onvif'] as const).map(format => ({
  ...{
    match: { camera: '*', labels: {}, topic: '**' },
    brokers: [format],
    format,
    qos: 1 as const,
    retain: 'none' as const,
  },
}));
const route = createRouter({ base: 'axis2mqtt', bridge: 'main', routes })({ id: 'entrance', labels: {} });
const CHANNELS = { axis2mqtt: 'event', axis: 'axisEvent', onvif: 'onvifEvent' } as const;

/** RFC 3339, to the day. */
function isTime(text: string): boolean {
  const ms = Date.parse(text);
  return (
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) &&
    new Date(ms).toISOString().slice(0, 19) === text.slice(0, 19)
  );
}

function check(notification: Notification, dice: Dice): void {
  const event = normalize(notification, {
    ...{ device: 'entrance', serial: SERIAL, labels: {}, received: 0, id: '0'.repeat(32) },
    ...{ operation: 'initialized', resync: false },
    declaration: declarationOf(notification, dice),
  });
  assert.ok(event.time === null || isTime(event.time), `time ${event.time}`);
  for (const { broker, topic, render } of route({ event, said: notification })) {
    for (const character of ['+', '#', '\u0000']) assert.ok(!topic.includes(character), topic);
    assert.equal(Buffer.from(topic).toString(), topic);
    const payload = render(1);
    if (payload === '') continue;
    const complaint = judge.complaint(CHANNELS[broker as keyof typeof CHANNELS], JSON.parse(payload));
    assert.equal(complaint, undefined, `${broker}: ${payload.slice(0, 2_000)}`);
  }
}

/** Reads documents without end; one that cannot be read is refused with an error of the table. */
async function readAll(
  t: TestContext,
  make: (dice: Dice) => string,
  read: (bytes: Buffer) => ReadResult | Promise<ReadResult>,
): Promise<void> {
  const dice = new Dice(seeded(t));
  let events = 0;
  let refused = 0;
  for (let count = 0; count < DOCUMENTS; count++) {
    const bytes = damaged(Buffer.from(make(dice)), dice);
    try {
      const { notifications, unreadable } = await read(bytes);
      refused += unreadable.length;
      for (const notification of notifications) {
        events += 1;
        check(notification, dice);
      }
    } catch (error) {
      assert.ok(
        isBridgeError(error),
        `${error instanceof Error ? error.stack : error} of ${bytes.toString('latin1')}`,
      );
      assert.match(error.code, /^(PROTOCOL|TOO_LARGE)$/);
      refused += 1;
    }
  }
  assert.ok(events > DOCUMENTS / 10, `${events} events`);
  assert.ok(refused > DOCUMENTS / 20, `${refused} refused`);
}

test('a document of the RTSP stream', t => readAll(t, metadata, bytes => readStreamDocument(bytes)));

test('an answer to a pull', t => readAll(t, pullAnswer, bytes => readPullAnswer(bytes.toString())));

test('a message of the WebSocket', t => {
  const message = (dice: Dice) =>
    JSON.stringify({ method: 'events:notify', params: { notification: jsonNotification(dice) } });
  return readAll(t, message, bytes => {
    const said = readStreamMessage(bytes);
    return { notifications: 'event' in said ? [said.event] : [], unreadable: [] };
  });
});

test('a message of the device’s own MQTT client', async t => {
  const subscriptions: Parameters<MqttSubscribe>[0][] = [];
  const subscribe: MqttSubscribe = subscription => {
    subscriptions.push(subscription);
    return () => undefined;
  };
  const source = createDeviceMqtt({ subscribe, serial: SERIAL });
  const { emitted, unreadable } = listen(t, { source, address: addressOf(1) });
  await until(() => subscriptions.length === 1);
  subscriptions[0]?.onUp();
  await until(() => subscriptions.length === 2);
  subscriptions[1]?.onUp();
  const topic = `axis/${SERIAL}/event/tns:onvif/Device/tns:axis/IO/Port`;
  await readAll(
    t,
    dice => JSON.stringify(jsonNotification(dice)),
    async payload => {
      await subscriptions[1]?.onMessage({ topic, payload, retain: false });
      return { notifications: emitted.splice(0), unreadable: unreadable.splice(0) };
    },
  );
});
