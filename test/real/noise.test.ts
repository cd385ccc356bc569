// A device that says too much: its budget, its ledger, its large fields, and a quiet one beside it (DESIGN 1, promise 5).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createDevice } from '../../src/simulator/simulator.ts';
import { available, makeSetting, nextEvent, type Setting, startCamera } from '../support/bridge-setting.ts';
import {
  assertLedger,
  type DeviceLedger,
  type EventMessage,
  eventsOf,
  firstsOf,
  readHealth,
} from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { need } from '../support/need.ts';

const PORT = 'tns1:Device/tnsaxis:IO/Port';
const PLATE = 'tnsaxis:CameraApplicationPlatform/ALPV.AllPlates';
const BUDGET = 5;

describe('noise', { ...need('mosquitto'), concurrency: 2, timeout: 240_000 }, () => {
  test('a device that flaps is kept within its budget, and the quiet one beside it loses nothing', async t => {
    const setting = await makeSetting(t, { camera: { events: { budget: BUDGET } } });
    const quiet = createDevice({ serial: 'ACCC8E00000A' });
    t.after(() => quiet.stop());
    setting.config.cameras.push(await startCamera(quiet, 'quiet'));
    setting.program.configure(setting.config);
    setting.program.start();
    await states(setting, 'entrance');
    await states(setting, 'quiet');

    const { device, subscriber, httpPort } = setting;
    const before = await allCounted(setting);
    const sentAt = new Map<string, number>();
    const started = Date.now();
    for (let round = 0; round < 60; round++) {
      device.burst(40);
      device.burst(10, { topic: PLATE, data: { text: 'x' } });
      sentAt.set(String(round), Date.now());
      quiet.emit(PLATE, { data: { text: String(round) } });
      await delay(50);
      assertLedger(await readHealth(httpPort));
    }
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    device.emit(PORT, { source: { port: 2 }, data: { state: true } });

    const { received, kept, merged } = await allCounted(setting);
    assert.deepEqual([received - before.received, received], [60 * 50 + 2, kept + merged]);
    const news = () => firstsOf(eventsOf(subscriber.received, 'entrance')).filter(isNews);
    // Counted is not yet delivered.
    await eventually('all that was kept', () => news().length === kept - before.kept);
    const events = news();
    const ms = Date.now() - started;
    assert.ok(events.length <= BUDGET * (10 + ms / 1000), `${events.length} in ${ms} ms`);
    const told = countBehind(events) - events.length;
    assert.ok(told > 2000 && told <= merged, `${told} of ${merged} are told of in a later one`);
    for (const port of [1, 2]) assert.equal(ofPort(events, port).at(-1)?.active, true);

    await eventually('all of the quiet one', () => plates(setting).length === 60);
    const delays = plates(setting).map(
      ({ data, received }) => Date.parse(received) - (sentAt.get(String(data['text'])) ?? 0),
    );
    assert.ok(Math.max(...delays) < 30_000, `the quiet one waits ${Math.max(...delays)} ms`);
  });

  test('at a stop what waits is published, and the ledger adds up over the restart', async t => {
    const setting = await makeSetting(t, { camera: { events: { budget: 1, exclude: [PLATE] } } });
    const run = setting.program.start();
    await states(setting, 'entrance');
    const { device, subscriber, httpPort } = setting;
    const before = await allCounted(setting);
    device.burst(100);
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    // It is filtered out, so that it is counted as soon as it is read: all before it is read then.
    device.emit(PLATE, { data: { text: 'AB123' } });
    await eventually('all is read', async () => {
      const { entrance } = (await readHealth(httpPort)).devices;
      return entrance && entrance.merged > 80 && entrance.filtered > before.filtered;
    });
    await run.end();
    const events = () => firstsOf(eventsOf(subscriber.received, 'entrance')).filter(isNews);
    await eventually('all, each published or told as merged', () => countBehind(events()) === 101);
    assert.equal(events().at(-1)?.active, true);

    setting.program.start();
    await available(subscriber, 'online');
    const health = await readHealth(httpPort);
    assertLedger(health);
    const { merged, kept, received, filtered } = health.devices['entrance'] ?? assert.fail();
    assert.deepEqual([merged, kept], [101 - events().length, received - merged - filtered]);
  });

  test('a large field is dropped by a rule, and the event says so', async t => {
    const fields = [{ topic: '**/ALPV.AllPlates', name: 'lpImage', over: '1KiB', do: 'drop' }];
    const setting = await makeSetting(t, { camera: { events: { fields } } });
    setting.program.start();
    await states(setting, 'entrance');
    const { device, subscriber } = setting;
    const thumbnail = Buffer.alloc(300, 1).toString('base64');
    device.emit(PLATE, { data: { text: 'AB123', lpImage: Buffer.alloc(20_000, 1).toString('base64') } });
    device.emit(PLATE, { data: { text: 'CD456', lpImage: thumbnail } });
    const large = await nextEvent(subscriber, ({ data }) => data['text'] === 'AB123');
    assert.deepEqual([large.data, large.dropped], [{ text: 'AB123' }, ['lpImage']]);
    const small = await nextEvent(subscriber, ({ data }) => data['text'] === 'CD456');
    assert.deepEqual([small.data['lpImage'], small.dropped], [thumbnail, undefined]);
  });
});

/** What is counted of `entrance` once that is all that the device has sent. */
function allCounted({ device, httpPort }: Setting): Promise<DeviceLedger> {
  return eventually('all is counted', async () => {
    const { entrance } = (await readHealth(httpPort)).devices;
    return entrance?.received === device.stats.notifications && entrance;
  });
}

/** Waits until the states of a device have come. */
async function states({ subscriber }: Setting, device: string): Promise<void> {
  await eventually(`states of ${device}`, () => eventsOf(subscriber.received, device).length >= 10);
}

function isNews({ operation }: EventMessage): boolean {
  return operation !== 'initialized';
}

/** How many messages of the device these events stand for. */
function countBehind(events: readonly EventMessage[]): number {
  return events.reduce((count, { merged = 0 }) => count + 1 + merged, 0);
}

function ofPort(events: readonly EventMessage[], port: number): EventMessage[] {
  return events.filter(({ topic, source }) => topic === PORT && source['port'] === port);
}

/** What the quiet device said beside its states. */
function plates({ subscriber }: Setting): EventMessage[] {
  return firstsOf(eventsOf(subscriber.received, 'quiet')).filter(({ topic }) => topic === PLATE);
}
