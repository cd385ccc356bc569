// The messages of a device's connection, as its own client would say it (PROTOCOLS 5.1).
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { withConnection } from '../../../src/bridge/axis-connection.ts';
import { createBoard } from '../../../src/bridge/board.ts';
import { createOutlet, forgetDevice } from '../../../src/bridge/outlet.ts';
import type { Availability } from '../../../src/camera/outlet.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { tempDir } from '../../support/temp.ts';
import { LIMITS, openOutbox, takeAll } from '../outbox/helpers.ts';

const SERIAL = 'ACCC8E012345';
const SINCE = '2026-11-22T08:00:00.123Z';
const TOPIC = `axis/${SERIAL}/event/connection`;

interface Options {
  serial?: string;
  directory?: string;
}

async function setup(t: TestContext, { serial, directory }: Options = {}) {
  let close = async () => {};
  // Before the directory goes.
  if (directory === undefined) t.after(() => close());
  const outbox = await openOutbox(directory ?? (await tempDir(t)));
  close = outbox.close;
  const queue = outbox.queue('main', LIMITS);
  const board = createBoard();
  const said: string[] = [];
  board.attach('main', {
    set: (topic, payload) => void said.push(`${topic} ${payload}`),
    delete: topic => void said.push(`${topic} deleted`),
  });
  const routes = { topics: (known: string) => [`axis/${known}/event/connection`] };
  const house = { base: 'axis2mqtt', outbox, board, brokers: () => ['main'], clock: systemClock };
  const outlet = withConnection(createOutlet({ ...house, device: 'yard', route: () => [] }), {
    device: 'yard',
    serial,
    places: known => routes.topics(known).map(topic => ({ broker: 'main', topic, route: 'r' })),
    board,
    outbox,
  });
  return {
    outbox,
    house,
    outlet,
    routes,
    take: () => takeAll(queue),
    available(state: Availability['state'], reason?: string) {
      outlet.available({ state, since: SINCE, source: 'rtsp', ...(reason === undefined ? {} : { reason }) });
    },
    /** What was said of the connection since it was last asked for. */
    told: () => said.splice(0).filter(line => line.includes('/event/connection ')),
  };
}

function connection(connected: boolean, description: string, timestamp: string | null): string {
  return `${TOPIC} ${JSON.stringify({ serialNumber: SERIAL, connected, description, timestamp })}`;
}

const CONNECTED = connection(true, 'Connected', '2026-11-22T08:00:00z');
const LOST = connection(false, 'Connection Lost', null);

test('it follows the availability, byte for byte', async t => {
  const { available, told } = await setup(t, { serial: SERIAL });
  available('offline', 'STARTING');
  available('online');
  available('offline', 'CLOSED');
  available('online');
  available('offline', 'STOPPED');
  const stopped = connection(false, 'Disconnected', '2026-11-22T08:00:00z');
  assert.deepEqual(told(), [LOST, CONNECTED, LOST, CONNECTED, stopped]);
});

test('a device that is degraded is connected while it is heard, and not while it is only polled', async t => {
  const { available, told } = await setup(t, { serial: SERIAL });
  for (const reason of ['CLOCK', 'NO_DECLARATIONS']) available('degraded', reason);
  available('degraded', 'STALLED');
  available('offline', 'STALLED');
  assert.deepEqual(told(), [CONNECTED, LOST]);
});

test('it waits for the serial number, and follows another one', async t => {
  const { available, outlet, told } = await setup(t);
  available('online');
  assert.deepEqual(told(), []);
  outlet.info(() => '{}', undefined);
  outlet.info(() => '{}', SERIAL);
  outlet.info(() => '{}', SERIAL);
  assert.deepEqual(told(), [CONNECTED]);
  outlet.info(() => '{}', 'ACCC8E0000FF');
  assert.deepEqual(told(), [`${TOPIC} deleted`, CONNECTED.replaceAll(SERIAL, 'ACCC8E0000FF')]);
});

test('a later run knows the serial number at once', async t => {
  const directory = await tempDir(t);
  const first = await openOutbox(directory);
  const board = createBoard();
  const house = { base: 'b', outbox: first, board, brokers: () => ['main'], clock: systemClock };
  const outlet = withConnection(createOutlet({ ...house, device: 'yard', route: () => [] }), {
    ...house,
    device: 'yard',
    serial: undefined,
    places: () => [{ broker: 'main', topic: TOPIC, route: 'r' }],
  });
  outlet.info(() => '{}', SERIAL);
  outlet.available({ state: 'online', since: SINCE, source: 'rtsp' });
  await first.close();
  const { available, told, outbox } = await setup(t, { directory });
  available('offline', 'STARTING');
  await outbox.close();
  assert.deepEqual(told(), [LOST]);
});

test('changed routes move it', async t => {
  const { available, outlet, routes, told } = await setup(t, { serial: SERIAL });
  available('online');
  routes.topics = () => [];
  outlet.reroute(() => []);
  routes.topics = known => [`axis/${known}/event/connection`];
  outlet.reroute(() => []);
  assert.deepEqual(told(), [CONNECTED, `${TOPIC} deleted`, CONNECTED]);
});

test('it goes with its device, in this run or in a later one', async t => {
  const { available, outlet, told, take, outbox, house } = await setup(t, { serial: SERIAL });
  available('online');
  await outbox.remember([]);
  told();
  await outlet.clear();
  assert.deepEqual(told(), [`${TOPIC} deleted`]);
  const cleared = (await take()).map(({ entry }) => [entry.topic, entry.payload, entry.retain]);
  assert.ok(cleared.some(entry => JSON.stringify(entry) === JSON.stringify([TOPIC, '', true])));
  assert.equal(outbox.note('serial/yard'), undefined);
  await forgetDevice('yard', house);
  assert.ok(!(await take()).some(({ entry }) => entry.topic === TOPIC));
});
