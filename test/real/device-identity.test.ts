// Which device is at a camera's address: two that change places, and one that was exchanged.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { createDevice } from '../../src/simulator/simulator.ts';
import { IN_USE } from '../support/bridge-process.ts';
import { availabilityOf, makeSetting, wasSaid } from '../support/bridge-setting.ts';
import { eventsOf } from '../support/collector.ts';
import { becomes, eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-port.ts';
import { need } from '../support/need.ts';

const [ENTRANCE, YARD] = ['ACCC8E0000E1', 'ACCC8E0000A2'];
const PORT = 'tns1:Device/tnsaxis:IO/Port';

/** Two places in the network, and devices that are put there. */
async function start(t: TestContext, source: string) {
  const places = [await freePorts(), await freePorts()];
  const put = async (serial: string, place: number) => {
    const device = createDevice({ serial, ...places[place] });
    t.after(() => device.stop());
    await device.start();
    return device;
  };
  const setting = await makeSetting(t);
  await setting.device.stop();
  const [first] = setting.config.cameras;
  const entry = (id: string, place: number) => {
    const { httpPort, rtspPort } = places[place] ?? assert.fail();
    return { ...first, id, source, port: httpPort, rtspPort };
  };
  const config = { ...setting.config, cameras: [entry('entrance', 0), entry('yard', 1)] };
  setting.program.configure(config);
  const { received } = setting.subscriber;
  const last = (id: string) => availabilityOf(received, id).at(-1);
  const states = (state: string, reason?: string) =>
    eventually(
      `both ${state} ${reason}`,
      () => ['entrance', 'yard'].every(id => last(id)?.state === state && last(id)?.reason === reason),
      60_000,
    );
  const serials = (id: string) => [...new Set(eventsOf(received, id).map(({ serial }) => serial))];
  return { ...setting, config, entry, put, last, states, serials };
}

describe('two cameras that change places', { ...need('mosquitto'), concurrency: 2, timeout: 240_000 }, () => {
  for (const source of ['rtsp', 'websocket', 'pullpoint', 'auto'])
    test(`heard by ${source}, are each the wrong device, and publish nothing under the other's ID`, async t => {
      const { program, subscriber, config, entry, put, last, states, serials } = await start(t, source);
      const before = [await put(ENTRANCE, 0), await put(YARD, 1)];
      const run = program.start();
      await states('online');
      await becomes('events of both', () => ['entrance', 'yard'].map(serials), [[ENTRANCE], [YARD]]);
      await Promise.all(before.map(device => device.stop()));
      const after = [await put(YARD, 0), await put(ENTRANCE, 1)];
      await states('offline', 'WRONG_DEVICE');
      assert.match(last('entrance')?.message ?? '', /another device/);
      const causes = run.log().filter(({ code }) => code === 'WRONG_DEVICE');
      const text = causes.map(({ msg }) => String(msg)).join('\n');
      assert.match(text, new RegExp(`${YARD}, not ${ENTRANCE}, and is yard`));
      assert.match(text, /serial: any/);

      // A restart forgets nothing of that.
      await run.end();
      const from = subscriber.received.length;
      const again = program.start();
      for (const id of ['entrance', 'yard'])
        await eventually(
          `${id} is the wrong one again`,
          () => availabilityOf(subscriber.received.slice(from), id).at(-1)?.reason === 'WRONG_DEVICE',
        );
      for (const device of after) device.emit(PORT, { source: { port: 1 }, data: { state: true } });

      // The file follows: each is where it says, and all that was published is of the right one.
      program.configure({ ...config, cameras: [entry('entrance', 1), entry('yard', 0)] });
      await eventually('the changed file', () => again.stdout.includes(IN_USE));
      await states('online');
      await becomes('events of the right ones', () => ['entrance', 'yard'].map(serials), [
        [ENTRANCE],
        [YARD],
      ]);
    });
});

describe('an exchanged camera', { ...need('mosquitto'), concurrency: 2, timeout: 240_000 }, () => {
  for (const serial of ['ACCC8E0000F3', 'any'])
    test(`is accepted by serial: ${serial}, its readings no sooner`, async t => {
      const { program, subscriber, config, entry, put, serials } = await start(t, 'rtsp');
      const [old] = [await put(ENTRANCE, 0), await put(YARD, 1)];
      const poll = [{ api: 'temperature', every: '1s' }];
      const cameras = [{ ...entry('entrance', 0), poll }, entry('yard', 1)];
      program.configure({ ...config, cameras });
      const run = program.start();
      const reading = () =>
        subscriber.received.filter(({ topic }) => topic.startsWith('axis2mqtt/entrance/reading/'));
      await eventually('a reading', () => reading().length > 0);
      await old.stop();
      await put('ACCC8E0000F3', 0);
      await wasSaid(subscriber, 'offline', 'WRONG_DEVICE');
      program.configure({
        ...config,
        cameras: [{ ...entry('entrance', 0), poll, serial }, entry('yard', 1)],
      });
      await eventually('the changed file', () => run.stdout.includes(IN_USE));
      await eventually('its events', () => serials('entrance').includes('ACCC8E0000F3'));
      const heard = subscriber.received.findIndex(({ payload }) => payload.includes('ACCC8E0000F3'));
      const said = subscriber.received.slice(0, heard).filter(message => reading().includes(message));
      assert.ok(said.every(({ payload }) => payload === '' || JSON.parse(payload).serial === ENTRANCE));
    });
});
