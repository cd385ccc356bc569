// What every way to hear a device promises (src/sources/source.ts), against a simulated device.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Notification } from '../../src/event.ts';
import type { Device } from '../../src/simulator/device.ts';
import type { DeviceOptions } from '../../src/simulator/options.ts';
import { createDevice } from '../../src/simulator/simulator.ts';
import { pullpoint } from '../../src/sources/pullpoint/pullpoint.ts';
import { rtsp } from '../../src/sources/rtsp/rtsp.ts';
import type { Source } from '../../src/sources/source.ts';
import { websocket } from '../../src/sources/websocket/websocket.ts';
import { fail } from '../../src/util/errors.ts';
import { secret } from '../../src/util/secret.ts';
import type { DeviceAddress } from '../../src/vapix/address.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-port.ts';
import { addressOf } from '../support/http-device.ts';
import { ends, type Listening, type ListenOptions, listen } from '../support/listen.ts';
import { startProxy } from '../support/tcp-proxy.ts';

interface Way {
  source: Source;
  /** Which of the device's ports it uses. */
  port: 'port' | 'rtspPort';
}

const WAYS: Readonly<Record<string, Way>> = {
  rtsp: { source: rtsp, port: 'rtspPort' },
  websocket: { source: websocket, port: 'port' },
  pullpoint: { source: pullpoint, port: 'port' },
};

const PORT = 'tns1:Device/tnsaxis:IO/Port';
const open = (device: Device, port: number, state: boolean) =>
  device.emit(PORT, { source: { port }, data: { state } });

const isOpen = (event?: Notification) => event?.topic === PORT && event.data[0]?.value === '1';

for (const [name, { source, port }] of Object.entries(WAYS)) {
  /** A device, and the source listening to it unless a test has other plans. */
  const start = async (t: TestContext, options: DeviceOptions = {}) => {
    const device = createDevice({ ...(await freePorts()), ...options });
    t.after(() => device.stop());
    const { httpPort, rtspPort } = await device.start();
    const address = addressOf(httpPort, login('pass', { rtspPort }));
    const hear = (changes: Partial<ListenOptions> = {}) => listen(t, { source, address, ...changes });
    return { device, address, hear };
  };
  const through = async (t: TestContext, address: DeviceAddress) => {
    const proxy = await startProxy(t, address[port]);
    return { proxy, address: { ...address, [port]: proxy.port } };
  };
  const opens = ({ opened }: Listening) => eventually('the stream is open', () => opened.length === 1);

  describe(`hearing by ${name}`, () => {
    test('gives every state once it is open, then each event with all its items, in order', async t => {
      const { device, hear } = await start(t);
      const it = hear();
      await opens(it);
      await eventually('the states', () => it.emitted.some(({ topic }) => topic === PORT));
      for (const n of [1, 2, 3, 4, 5]) open(device, 1, n % 2 === 1);
      device.emit('tnsaxis:Storage/Alert', {
        source: { disk_id: 'SD "1" <&>' },
        data: { temperature: 34, alert: false, wear: 2 },
      });
      const isLast = (event?: Notification) => event?.source[0]?.value === 'SD "1" <&>';
      await eventually('the last event', () => isLast(it.emitted.at(-1)));
      const events = it.emitted.slice(-6);
      assert.deepEqual(
        events.slice(0, 5).map(({ data }) => data[0]?.value),
        ['1', '0', '1', '0', '1'],
      );
      const { source: sources, data, time } = events[5] ?? assert.fail();
      assert.deepEqual(sources, [{ name: 'disk_id', value: 'SD "1" <&>' }]);
      assert.deepEqual(
        data.map(item => `${item.name}=${item.value}`),
        ['temperature=34', 'alert=0', 'wear=2'],
      );
      assert.ok(Math.abs(Date.parse(time ?? '') - Date.now()) < 60_000);
    });

    test('tells the realm and the date of the device', async t => {
      const { device, hear } = await start(t);
      const it = hear();
      await opens(it);
      const [{ realm, date } = assert.fail()] = it.opened;
      assert.equal(realm, `AXIS_${device.serial}`);
      assert.ok(Math.abs(Date.parse(date ?? '') - Date.now()) < 60_000);
    });

    test('asks the device for no more than the topics that are wanted', async t => {
      const { device, hear } = await start(t);
      const it = hear({ include: ['tns1:Device/**'] });
      await opens(it);
      device.emit('tnsaxis:Storage/Alert', { source: { disk_id: 'a' }, data: { alert: true } });
      open(device, 1, true);
      await eventually('the event', () => isOpen(it.emitted.at(-1)));
      assert.ok(it.emitted.every(({ topic }) => topic.startsWith('tns1:Device/')));
    });

    test('reads what comes byte by byte', async t => {
      const { device, address, hear } = await start(t);
      const { proxy, address: slow } = await through(t, address);
      proxy.trickle();
      const it = hear({ address: slow });
      await opens(it);
      open(device, 1, true);
      await eventually('the event', () => isOpen(it.emitted.at(-1)));
    });

    test('ends with UNREACHABLE where nobody listens', async t => {
      const { hear } = await start(t);
      await ends(hear({ address: addressOf(1, login('pass', { rtspPort: 1 })) }).done, 'UNREACHABLE');
    });

    test('ends with AUTH after one wrong login, and shows no password', async t => {
      const { device, address, hear } = await start(t);
      const { done } = hear({ address: { ...address, ...login('canary-wrong') } });
      await ends(done, 'AUTH');
      await assert.rejects(done, error => !/canary/.test(String((error as Error).stack)));
      assert.equal(device.stats.failedLogins, 1);
    });

    test('ends when the connection is reset, at any stage', async t => {
      const { device, address, hear } = await start(t);
      const { proxy, address: between } = await through(t, address);
      const it = hear({ address: between });
      await opens(it);
      proxy.refuse(true);
      proxy.reset();
      // It may ask a few times more before it gives up.
      const over = it.done.then(
        () => true,
        () => true,
      );
      await eventually('its end', async () => {
        await it.clock.advance(250);
        return Promise.race([over, delay(1, false)]);
      });
      await assert.rejects(it.done, { code: /^(CLOSED|UNREACHABLE)$/ });
      await assert.rejects(hear({ address: between }).done, { code: /^(CLOSED|UNREACHABLE)$/ });
      await eventually('the device forgets it', () => device.sessions <= 1);
    });

    test('ends within 30 s and a little when the device falls silent', async t => {
      const { device, hear } = await start(t);
      const it = hear();
      await opens(it);
      device.stall();
      let ended = false;
      it.done.catch(() => {
        ended = true;
      });
      for (let seconds = 0; seconds < 32 && !ended; seconds++) await it.clock.advance(1000);
      await ends(it.done, 'STALLED');
    });

    test('goes on after nonsense, or ends with PROTOCOL', async t => {
      const { device, hear } = await start(t);
      const it = hear();
      await opens(it);
      device.emitRaw('<a></b>');
      device.garbage();
      open(device, 1, true);
      // It may wait a while before it asks again.
      const went = eventually('the event', async () => {
        await it.clock.advance(50);
        return isOpen(it.emitted.at(-1));
      });
      await Promise.race([went, it.done]).catch((error: unknown) =>
        assert.match(String((error as { code?: string }).code), /^(PROTOCOL|CLOSED|TOO_LARGE)$/),
      );
    });

    test('stops reading while 64 events wait to be kept', async t => {
      const { device, hear } = await start(t);
      const waiting: (() => void)[] = [];
      const it = hear({ emit: () => new Promise<void>(resolve => waiting.push(resolve)) });
      await opens(it);
      for (let n = 0; n < 40; n++) device.burst(50);
      await eventually('the window is full', () => waiting.length === 64);
      await new Promise(resolve => setTimeout(resolve, 100));
      assert.equal(waiting.length, 64);
      waiting.splice(0, 10).forEach(resolve => void resolve());
      await eventually('more', () => waiting.length === 64);
    });

    test('ends with the error of an event that cannot be kept', async t => {
      const { hear } = await start(t);
      const { done } = hear({ emit: () => Promise.reject(fail('STORE', 'full')) });
      await ends(done, 'STORE');
    });

    test('stops within 200 ms, at any stage, and leaves nothing open', async t => {
      const { device, address, hear } = await start(t);
      for (const stage of [0, 1, 5, 20, 100]) {
        const it = hear();
        await new Promise(resolve => setTimeout(resolve, stage));
        await stopsSoon(it);
      }
      await eventually('all is closed', () => device.connections === 0);
      const { proxy, address: between } = await through(t, address);
      const it = hear({ address: between });
      await opens(it);
      proxy.stall();
      await stopsSoon(it);
    });
  });
}

function login(password: string, changes: Partial<DeviceAddress> = {}): Partial<DeviceAddress> {
  const account = { username: 'root', password: secret(password) };
  return { ...account, onvif: account, ...changes };
}

async function stopsSoon(it: Listening): Promise<void> {
  it.stop();
  let ended = false;
  void it.done.then(() => {
    ended = true;
  });
  for (let waited = 0; !ended && waited < 200; waited += 10) {
    await new Promise(resolve => setTimeout(resolve, 10));
    await it.clock.advance(10);
  }
  assert.ok(ended, 'it does not end');
  assert.equal(it.clock.waiting(), 0);
}
