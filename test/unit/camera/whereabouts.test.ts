// A camera whose address changes, over real UDP, HTTP and RTSP on loopback.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startCamera } from '../../../src/camera/camera.ts';
import { createFleet } from '../../../src/camera/fleet.ts';
import { createWhereabouts } from '../../../src/camera/whereabouts.ts';
import { createFinder } from '../../../src/discovery/finder.ts';
import { announce } from '../../../src/simulator/discovery/announce.ts';
import { createDevice } from '../../../src/simulator/simulator.ts';
import { rtsp } from '../../../src/sources/rtsp/rtsp.ts';
import { systemClock } from '../../../src/util/clock.ts';
import type { Log } from '../../../src/util/log.ts';
import { secret } from '../../../src/util/secret.ts';
import { eventually } from '../../support/eventually.ts';
import { freePorts } from '../../support/free-port.ts';
import { addressOf } from '../../support/http-device.ts';
import { createHouse } from './helper.ts';

const [SERIAL, OTHER] = ['ACCC8E0000E1', 'ACCC8E0000A2'];
const NOBODY = { group: '127.0.0.1', port: 9 };

/** Devices that can be put at any loopback address, with the same ports, as those of a network. */
async function network(t: TestContext) {
  const ports = await freePorts();
  let mdns = NOBODY;
  const put = async (serial: string, host: string) => {
    const device = createDevice({ serial, host, ...ports });
    t.after(() => device.stop());
    await device.start();
    return device;
  };
  /** Has the device at that address answer to mDNS. */
  const tell = async (serial: string, address: string) => {
    const announcer = await announce({ serial, model: 'P3265-LVE', httpPort: ports.httpPort, address });
    t.after(announcer.stop);
    mdns = { group: address, port: announcer.mdnsPort };
  };
  const ending = new AbortController();
  t.after(() => ending.abort());
  const find = createFinder({
    clock: systemClock,
    signal: ending.signal,
    trouble: assert.fail,
    interfaces: ['127.0.0.1'],
    get mdns() {
      return mdns;
    },
    wsDiscovery: NOBODY,
  });
  return { ports, put, tell, find, nobody: () => (mdns = NOBODY) };
}

/** A camera of which the file says its serial number alone. */
function start(t: TestContext, { ports, find }: Awaited<ReturnType<typeof network>>, house = createHouse()) {
  const told: Record<string, unknown>[] = [];
  const log: Log = { error: () => {}, warn: () => {}, info: fields => void told.push({ ...fields }) };
  const remember = house.keep;
  const ending = new AbortController();
  const whereabouts = createWhereabouts({
    ...{ device: 'entrance', serial: SERIAL, notes: house.notes, remember, find },
    ...{ clock: systemClock, log },
  });
  const account = { username: 'root', password: secret('pass') };
  const address = {
    ...addressOf(ports.httpPort, { ...account, onvif: account, rtspPort: ports.rtspPort }),
    get host() {
      return whereabouts.host;
    },
  };
  const lists = { include: ['**'], exclude: [], fields: [], polls: [], labels: {} };
  const camera = startCamera({
    spec: { id: 'entrance', serial: SERIAL, source: 'rtsp', isSought: true, address, ...lists },
    sources: { rtsp },
    notes: house.notes,
    outlet: () => house.outlet,
    fleet: createFleet(systemClock),
    count: () => {},
    whereabouts,
    ...{ clock: systemClock, log, signal: ending.signal },
  });
  const stop = () => {
    ending.abort();
    return camera.ended;
  };
  t.after(stop);
  const found = () => told.flatMap(({ address: at }) => (at === undefined ? [] : [at]));
  const last = () => house.availability.at(-1);
  const is = (state: string, reason?: string) =>
    eventually(`${state} ${reason}`, () =>
      [last()].find(said => said?.state === state && said.reason === reason),
    );
  return { house, found, is, stop };
}

test('a camera is found by its serial number, and anew where it was given another address', async t => {
  const net = await network(t);
  const { found, is, house, stop } = start(t, net);
  assert.match((await is('offline', 'NO_DEVICE')).message ?? '', /no device with that serial number/);
  const device = await net.put(SERIAL, '127.0.0.2');
  await net.tell(SERIAL, '127.0.0.2');
  const online = await is('online');
  assert.deepEqual(found(), ['127.0.0.2']);
  assert.ok(Date.parse(online?.found ?? '') > 0);

  // Another device is at its old address, and must not be taken for it.
  await device.stop();
  await net.put(OTHER, '127.0.0.2');
  await net.put(SERIAL, '127.0.0.3');
  await net.tell(SERIAL, '127.0.0.3');
  await eventually('it is found', () => found().length === 2);
  await is('online');
  assert.deepEqual(found(), ['127.0.0.2', '127.0.0.3']);
  assert.deepEqual([...new Set(house.deliveries.map(({ event }) => event.serial))], [SERIAL]);
  await stop();
});

test('where it was is remembered over restarts, and tried first', async t => {
  const net = await network(t);
  await net.put(SERIAL, '127.0.0.2');
  await net.tell(SERIAL, '127.0.0.2');
  const first = start(t, net);
  await first.is('online');
  await first.stop();
  net.nobody();
  const second = start(t, net, first.house);
  await eventually(
    'online again',
    () => first.house.availability.filter(({ state }) => state === 'online')[1],
  );
  assert.deepEqual(second.found(), []);
});
