// The example of people counting: what its flow, telegraf.conf and dashboard make of the messages that it brings.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { connect } from 'mqtt';
import { makeProgram } from '../support/bridge-process.ts';
import { becomes, eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { deploy, type FlowMessage, type FlowNode } from '../support/node-red.ts';
import { type Received, subscribe } from '../support/subscriber.ts';
import { matches, type Point, readTelegraf } from '../support/telegraf.ts';
import { readUseCase, startDevices } from '../support/use-case.ts';

const NODES: FlowNode[] = JSON.parse(readUseCase('people-counting/node-red-flow.json'));
const TELEGRAF = readTelegraf(readUseCase('people-counting/telegraf.conf'));

const ENTRANCES = ['north', 'south', 'west'];
/** In and out as each counter stands, round by round; in the last one north's has started anew. */
const ROUNDS = [
  ['0,0', '0,0', '0,0'],
  ['5,1', '3,1', '4,2'],
  ['2,0', '4,3', '6,5'],
];
const CAME = { entered: 5 + 2 + 4 + 6, left: 1 + 0 + 3 + 5 };
const TOTAL = { ...CAME, inside: CAME.entered - CAME.left, entrances: 3 };

test('people counting', { timeout: 240_000 }, async t => {
  const readings = await countPeople(t);
  for (const [name, check] of Object.entries(CHECKS)) await t.test(name, () => check(readings));
});

test('a broker of one’s own keeps what is counted while Node-RED is away', {
  ...need('mosquitto'),
  timeout: 240_000,
}, async t => {
  const { devices, changes } = await startDevices(t, [{}, {}, {}]);
  const [device] = devices;
  const broker = await startMosquitto(t);
  const config = readUseCase('people-counting/axis2mqtt.yaml', {
    ...changes,
    'embedded://127.0.0.1:1883': broker.url,
    'every: 5s': 'every: 1s',
  });
  const program = await makeProgram(t, `${config}\nhttp: false\n`);
  program.start();
  const everything = await subscribe(t, broker.url);
  const standing = (count: number) =>
    eventually(`${count} in`, () => stand(everything.received, 'north') === `${count},0`);
  const count = async (entered: number) => {
    Object.assign(device?.counted.people ?? {}, { in: entered, out: 0 });
    await standing(entered);
  };
  const received: string[] = [];
  const join = async () => {
    const node = NODES.find(({ type }) => type === 'mqtt-broker');
    const [clientId, clean] = [String(node?.['clientid']), node?.['cleansession'] !== false];
    const client = connect(broker.url, { clientId, clean, reconnectPeriod: 0 });
    client.on('message', (_, payload) => received.push(payload.toString()));
    await new Promise(resolve => client.once('connect', resolve));
    await client.subscribeAsync('axis2mqtt/north/reading/people-counter', { qos: 1 });
    return client;
  };
  await count(1);
  const before = await join();
  await eventually('the first', () => received.length > 0);
  await before.endAsync();
  for (const entered of [2, 3, 4]) await count(entered);
  const after = await join();
  t.after(() => after.endAsync(true));
  const entered = () => new Set(received.map(payload => JSON.parse(payload).values.in));
  await becomes('every count', () => [...entered()], [1, 2, 3, 4]);
});

const CHECKS: Readonly<Record<string, (readings: Received[]) => void>> = {
  'a reading tells of a reset, and by how much the counter grew all the same': tellsOfReset,
  'the flow adds up over the entrances, each reading once': flowAddsUp,
  'a flow that starts late knows who is inside, and counts from then on': lateFlow,
  'the flow subscribes to the readings, and its nodes are wired to what is there': flowIsWhole,
  'the page shows what its function gives': pageIsWhole,
  'Telegraf’s points add up to the same, each entrance and time once': pointsAddUp,
  'the Grafana dashboard asks for what Telegraf writes': dashboardFits,
};

/** Runs the example with three people counters, the last a 3D one; gives the readings that a subscriber saw. */
async function countPeople(t: TestContext): Promise<Received[]> {
  const { devices, changes } = await startDevices(t, [{}, {}, { http: { omit: ['people-counter'] } }]);
  const address = `127.0.0.1:${await freePort()}`;
  const config = readUseCase('people-counting/axis2mqtt.yaml', {
    ...changes,
    '127.0.0.1:1883': address,
    'every: 5s': 'every: 1s',
  });
  const program = await makeProgram(t, `${config}\nhttp: false\n`);
  const run = program.start();
  await eventually('its broker', () => run.stdout.includes('connected to the broker'));
  const wanted = { filter: 'axis2mqtt/+/reading/#', qos: 1, protocolVersion: 4 } as const;
  const { received } = await subscribe(t, `mqtt://${address}`, wanted);
  for (const round of ROUNDS) {
    for (const [index, device] of devices.entries()) {
      const [entered, left] = (round[index] ?? '').split(',').map(Number);
      Object.assign(device.counted.people, { in: entered, out: left });
    }
    await eventually(`${round.join(' ')}`, () =>
      ENTRANCES.every((name, at) => stand(received, name) === round[at]),
    );
  }
  return received;
}

/** Where the counter of an entrance stood last. */
function stand(received: readonly Received[], name: string): string | undefined {
  const last = received.findLast(({ topic }) => topic === `axis2mqtt/${name}/reading/people-counter`);
  const { values } = JSON.parse(last?.payload ?? '{"values":{}}');
  return `${values.in ?? values.total_in},${values.out ?? values.total_out}`;
}

function tellsOfReset(readings: Received[]): void {
  // One that is stored while somebody subscribes may come twice.
  const ofNorth = readings.filter(({ topic }) => topic.includes('/north/')).map(({ payload }) => payload);
  assert.deepEqual(
    [...new Set(ofNorth)].map(payload => {
      const { values, delta, reset } = JSON.parse(payload);
      return [values.in, delta?.in, reset];
    }),
    [
      [0, undefined, undefined],
      [5, 5, undefined],
      [2, 2, true],
    ],
  );
}

function flowAddsUp(readings: Received[]): void {
  const run = deploy(NODES);
  const sent = readings.flatMap(reading => run('Add up', messageOf(reading)) ?? []);
  assert.deepEqual(plain(sent.at(-1)?.payload), TOTAL);
  for (const reading of readings)
    assert.equal(run('Add up', { ...messageOf(reading), retain: true }), null, reading.payload);
  assert.deepEqual(plain(run('Entrances by name', {})?.payload), {
    total: TOTAL,
    entrances: [
      { name: 'north', entered: 7, left: 1 },
      { name: 'south', entered: 4, left: 3 },
      { name: 'west', entered: 6, left: 5 },
    ],
  });
}

function lateFlow(readings: Received[]): void {
  const run = deploy(NODES);
  const kept = [...new Map(readings.map(reading => [reading.topic, reading])).values()];
  const sent = kept.map(reading => run('Add up', { ...messageOf(reading), retain: true }));
  assert.deepEqual(plain(sent.at(-1)?.payload), { entered: 0, left: 0, inside: 2 + 1 + 1, entrances: 3 });
  const one = { values: { in: 3, out: 0 }, delta: { in: 1, out: 0 }, received: '2999-01-01T00:00:00.000Z' };
  const next = run('Add up', { payload: { device: 'north', ...one } });
  assert.deepEqual(plain(next?.payload), { entered: 1, left: 0, inside: 5, entrances: 3 });
}

function flowIsWhole(readings: Received[]): void {
  const ids = NODES.map(({ id }) => id);
  const idsOf = (kind: string) => NODES.filter(({ type }) => type === kind).map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const { id, z = '', wires } of NODES) {
    for (const target of wires?.flat() ?? []) assert.ok(ids.includes(target), `${id} to ${target}`);
    if (wires !== undefined) assert.ok(idsOf('tab').includes(z), id);
  }
  const input = NODES.find(({ type }) => type === 'mqtt in');
  assert.ok(idsOf('mqtt-broker').includes(String(input?.['broker'])));
  for (const { topic } of readings) assert.ok(matches(String(input?.['topic']), topic), topic);
}

function pageIsWhole(readings: Received[]): void {
  const run = deploy(NODES);
  for (const reading of readings) run('Add up', messageOf(reading));
  const message = Object(run('Entrances by name', {}));
  const known = { ...message, ...message.payload.entrances[0] };
  const page = String(NODES.find(({ type }) => type === 'template')?.['template']);
  const paths = [...page.matchAll(/\{\{[#/]?([\w.]+)\}\}/g)].map(([, path = '']) => path);
  assert.ok(paths.includes('payload.total.inside') && paths.includes('payload.entrances'));
  for (const path of paths) {
    const value = path.split('.').reduce((object, name) => Object(object)[name], known);
    assert.notEqual(value, undefined, path);
  }
}

function pointsAddUp(readings: Received[]): void {
  // InfluxDB keeps one point of the same tags and time.
  const points = new Map([...readings, ...readings].map(pointOf).map(point => [keyOf(point), point]));
  const sum = (field: string) =>
    [...points.values()].reduce((total, { fields }) => total + (fields[field] ?? 0), 0);
  assert.deepEqual({ entered: sum('entered'), left: sum('left') }, CAME);
  const last = new Map([...points.values()].map(point => [point.tags['entrance'], point]));
  assert.deepEqual([...last.keys()].toSorted(), ENTRANCES);
  assert.equal(last.get('west')?.tags['site'], 'mall');
  assert.equal(last.get('north')?.fields['counter_in'], 2);
  assert.equal(last.get('west')?.fields['counter_out'], 5);
}

function dashboardFits(readings: Received[]): void {
  const points = readings.map(pointOf);
  const fields = points.flatMap(point => Object.keys(point.fields));
  const columns = ['_field', '_time', ...points.flatMap(({ tags }) => Object.keys(tags))];
  const { panels } = JSON.parse(readUseCase('people-counting/grafana-dashboard.json'));
  const queries: string[] = panels.map(({ targets: [{ query }] }: { targets: [{ query: string }] }) => query);
  assert.ok(queries.length >= 4);
  for (const query of queries) {
    const named = (pattern: RegExp) => [...query.matchAll(pattern)].map(([, name = '']) => name);
    assert.deepEqual(named(/bucket: "(\w+)"/g), [TELEGRAF.table('influxdb_v2')['bucket']]);
    assert.deepEqual(named(/_measurement == "(\w+)"/g), [points[0]?.measurement]);
    for (const field of named(/_field == "(\w+)"/g)) assert.ok(fields.includes(field), field);
    const lists = named(/(?:columns|rowKey|columnKey): \[([^\]]*)\]/g).flatMap(list =>
      JSON.parse(`[${list}]`),
    );
    for (const column of lists) assert.ok(columns.includes(column), column);
  }
}

function messageOf({ topic, payload, retain }: Received): FlowMessage {
  return { topic, payload: JSON.parse(payload), retain };
}

/** Of this side of the `vm`: what a function made there has other prototypes. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function pointOf({ topic, payload }: Received): Point {
  const point = TELEGRAF.parse(topic, payload);
  assert.ok(point, topic);
  return point;
}

function keyOf({ tags, time }: Point): string {
  return `${tags['entrance']} ${time}`;
}
