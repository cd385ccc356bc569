// A process that may open few files: it hears as many devices as it can, says so once, and the rest of it works.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFleet } from '../../src/simulator/simulator.ts';
import { makeProgram } from '../support/bridge-process.ts';
import { eventsOf, readHealth } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { subscribe } from '../support/subscriber.ts';

/** Node itself has some 200 open while it loads the program. */
const OPEN_FILES = 256;
/** What is left beside the reserve of 48, two for each. */
const HEARD = 104;

describe('few file descriptors', { ...need('mosquitto'), timeout: 240_000 }, () => {
  test('as many devices as there are descriptors for are heard; store, broker and pages have theirs', async t => {
    const fleet = createFleet({ count: 108 });
    t.after(() => fleet.stop());
    const members = await fleet.start();
    const broker = await startMosquitto(t);
    const subscriber = await subscribe(t, broker.url);
    const httpPort = await freePort();
    const login = { source: 'rtsp', username: 'root', password: 'pass' };
    const cameras = members.map(({ serial, host, httpPort: port, rtspPort }) => ({
      ...{ id: serial, host, port, rtspPort },
      ...login,
    }));
    const brokers = { main: { url: broker.url } };
    const program = await makeProgram(t, { brokers, cameras, http: { port: httpPort } });
    const run = program.start(undefined, {}, { openFiles: OPEN_FILES });
    await eventually('its pages', () => readHealth(httpPort).catch(() => undefined));
    const online = async () =>
      Object.entries((await readHealth(httpPort)).devices).filter(([, device]) => isOnline(device));
    await eventually('all that fit are heard', async () => (await online()).length === HEARD);
    await eventually('the rest is told', () => run.log().some(({ code }) => code === 'DESCRIPTORS'));
    const [[heard = ''] = []] = await online();
    const topic = 'tns1:Device/tnsaxis:IO/Port';
    const device = fleet.devices.find(({ serial }) => serial === heard) ?? assert.fail(heard);
    device.emit(topic, { source: { port: 1 }, data: { state: true } });
    await eventually('its event', () =>
      eventsOf(subscriber.received, heard).some(event => event.topic === topic && event.active === true),
    );
    const told = run.log().filter(({ code }) => code === 'DESCRIPTORS');
    assert.equal(told.length, 1, 'once for all');
    assert.match(String(told[0]?.['msg']), /the limit of 256 open files leaves room for 104 devices/);
    assert.deepEqual(
      run.log().filter(({ code }) => code === 'INTERNAL' || code === 'STORE'),
      [],
    );
    assert.equal(run.stderr, '');
  });
});

function isOnline(device: object): boolean {
  return 'state' in device && device.state === 'online';
}
