// What counts: people counters, queue monitor, object analytics.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeCounts, decodeScenarios, pollObjectAnalytics } from '../../../src/vapix/object-analytics.ts';
import { createPeopleCounterPoll, decodePeopleCounter } from '../../../src/vapix/people-counter.ts';
import { decodeQueue } from '../../../src/vapix/queue.ts';
import { needCorpus, readCorpus } from '../../support/corpus.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { startHttpDevice } from '../../support/http-device.ts';
import { codeOf, connect } from './helper.ts';

const APPLICATION =
  '{"serial":"00408CAC512B","name":"Exit south","timestamp":"20170503112756","in":12,"out":318}';
const DEVICE =
  '{"occupancy":15,"serial":"00:40:8c:18:82:27","timestamp":"2020-12-03T16:28:05+01:00","total_in":100,"total_out":85}';
const QUEUE =
  '{"serial":"ACCC8E20F09B","name":"Service","timestamp":"20170113181132","region1name":"Product","region1people":1,"region2name":"Aisle","region2people":"0"}';
const GATE = { id: 2, name: 'Gate', type: 'crosslinecounting' };
const LOBBY = { id: 'uid-3', name: 'Lobby', type: 'occupancyInArea' };
const options = () => ({ signal: new AbortController().signal, clock: createFakeClock() });
const dataOf = (data: object) => JSON.stringify({ apiVersion: '1.0', data });

describe('people counter', () => {
  test('the application: in and out count up, its time is local', () => {
    const { reading, timestamp } = decodePeopleCounter(APPLICATION);
    assert.deepEqual(reading.values, { name: 'Exit south', in: 12, out: 318 });
    assert.deepEqual([reading.counters, reading.time, reading.item], [['in', 'out'], null, undefined]);
    assert.equal(timestamp, '20170503112756');
  });

  test('the P8815-2: occupancy goes up and down, its time is UTC', () => {
    const { reading } = decodePeopleCounter(DEVICE);
    assert.deepEqual(reading.values, { occupancy: 15, total_in: 100, total_out: 85 });
    assert.deepEqual(
      [reading.counters, reading.time],
      [['total_in', 'total_out'], '2020-12-03T15:28:05.000Z'],
    );
  });

  test('what is no count is no counter, and an answer that is no object is PROTOCOL', () => {
    const { reading } = decodePeopleCounter('{"in":"many","out":"7","timestamp":{},"__proto__":1}');
    assert.deepEqual([reading.counters, reading.time], [['out'], null]);
    assert.equal(JSON.stringify(reading.values), '{"in":"many","out":7,"__proto__":1}');
    assert.throws(() => decodePeopleCounter('[]'), { code: 'PROTOCOL' });
  });

  test('a device that has only the one is asked for the other once', async t => {
    const device = await startHttpDevice(t, ({ url }, response) =>
      url === '/a3dpc/api/occupancy' ? response.end(DEVICE) : response.writeHead(404).end(),
    );
    const client = connect(t, device.address);
    const poll = createPeopleCounterPoll();
    for (let n = 0; n < 2; n++) assert.equal((await poll(client, options()))[0]?.values['total_in'], 100);
    const paths = device.seen.map(({ url }) => url);
    assert.deepEqual(paths, [
      '/local/tvpc/.api?live-sum.json',
      '/a3dpc/api/occupancy',
      '/a3dpc/api/occupancy',
    ]);
  });
});

describe('queue monitor', () => {
  test('one item a region, and one for what is said of none', () => {
    const { readings, timestamp } = decodeQueue(QUEUE);
    assert.deepEqual(
      readings.map(({ item, values }) => [item, values]),
      [
        [undefined, { name: 'Service' }],
        ['region1', { name: 'Product', people: 1 }],
        ['region2', { name: 'Aisle', people: 0 }],
      ],
    );
    assert.equal(timestamp, '20170113181132');
  });

  test('unknown fields stay, also of a region; too many regions are refused', () => {
    const { readings } = decodeQueue('{"region1wait":"5 min","__proto__":"x","region":1}');
    assert.deepEqual(readings[0]?.values, { wait: '5 min' });
    assert.equal(JSON.stringify(readings[1]?.values), '{"__proto__":"x","region":1}');
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`region${index}people`, 1]));
    assert.throws(() => decodeQueue(JSON.stringify(many)), { code: 'TOO_LARGE' });
  });
});

describe('object analytics', () => {
  test('both spellings count up, also where the numbers are texts', () => {
    const resetTime = '2022-12-06T22:01:25Z';
    const timeStamp = '2022-12-07T00:00:00Z';
    const long = { resetTime, timeStamp, total: 8, totalHuman: 5, 'totalMotorcycle/bicycle': '3' };
    const reading = decodeCounts(dataOf(long), GATE);
    const { timeStamp: _, ...counts } = long;
    assert.deepEqual(reading.values, {
      scenario: 'Gate',
      type: 'crosslinecounting',
      ...counts,
      'totalMotorcycle/bicycle': 3,
    });
    assert.deepEqual(reading.counters, ['total', 'totalHuman', 'totalMotorcycle/bicycle']);
    assert.deepEqual([reading.item, reading.time], ['2', '2022-12-07T00:00:00.000Z']);
    const short = decodeCounts(dataOf({ total: 2, human: 1, car: '1', reason: 'car' }), GATE);
    assert.deepEqual(short.counters, ['total', 'human', 'car']);
    assert.equal(short.values['reason'], 'car');
  });

  test('an occupancy is no counter', () => {
    const reading = decodeCounts(dataOf({ total: 2, human: 2 }), LOBBY);
    assert.deepEqual([reading.item, reading.counters, reading.values['human']], ['uid-3', [], 2]);
  });

  test('scenarios without an id, and what is none, are passed over', () => {
    const scenarios = [null, 7, { name: 'x' }, { id: {} }, { id: 1, type: ['motion'], name: '__proto__' }];
    assert.deepEqual(decodeScenarios(dataOf({ scenarios })), [{ id: 1, name: '__proto__', type: '' }]);
    assert.deepEqual(decodeScenarios(dataOf({ scenarios: [] })), []);
    assert.throws(() => decodeScenarios(dataOf({ scenarios: 'none' })), { code: 'PROTOCOL' });
    const many = Array.from({ length: 65 }, (_, id) => ({ id }));
    assert.throws(() => decodeScenarios(dataOf({ scenarios: many })), { code: 'TOO_LARGE' });
  });

  test('only scenarios that count are asked, each with its own method', async t => {
    const scenarios = [{ id: 1, name: 'Yard', type: 'motion' }, GATE, LOBBY];
    const device = await startHttpDevice(t, ({ body }, response) => {
      const { method } = JSON.parse(body);
      response.end(dataOf(method === 'getConfiguration' ? { scenarios } : { total: 1 }));
    });
    const readings = await pollObjectAnalytics(connect(t, device.address), options());
    assert.deepEqual(
      readings.map(({ item, counters }) => [item, counters]),
      [
        ['2', ['total']],
        ['uid-3', []],
      ],
    );
    const calls = device.seen
      .map(({ body }) => JSON.parse(body))
      .map(({ method, params }) => [method, params]);
    assert.deepEqual(calls, [
      ['getConfiguration', {}],
      ['getAccumulatedCounts', { scenario: 2 }],
      ['getOccupancy', { scenario: 'uid-3' }],
    ]);
  });

  test('a version that cannot count is REFUSED', async t => {
    const device = await startHttpDevice(t, ({ body }, response) => {
      const known = JSON.parse(body).method === 'getConfiguration';
      response.end(
        known ? dataOf({ scenarios: [GATE] }) : '{"error":{"code":2004,"message":"no such method"}}',
      );
    });
    assert.equal(await codeOf(pollObjectAnalytics(connect(t, device.address), options())), 'REFUSED');
  });

  test('real configurations are read', needCorpus('vapix'), () => {
    const found = [...readCorpus('vapix', /objectanalytics-get-configuration/).values()].map(decodeScenarios);
    assert.deepEqual(
      found.flat().map(({ id, type }) => [id, type]),
      [
        [1, 'motion'],
        [2, 'fence'],
      ],
    );
  });
});
