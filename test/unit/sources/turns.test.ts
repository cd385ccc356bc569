// A device that keeps the bridge busy: it waits for its turn, the others do not.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { Notification } from '../../../src/event.ts';
import { pullpoint } from '../../../src/sources/pullpoint/pullpoint.ts';
import { rtsp } from '../../../src/sources/rtsp/rtsp.ts';
import type { Source } from '../../../src/sources/source.ts';
import { websocket } from '../../../src/sources/websocket/websocket.ts';
import type { Log } from '../../../src/util/log.ts';
import { STEP_SIZE } from '../../../src/util/steps.ts';
import type { DeviceAddress } from '../../../src/vapix/address.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { ends, type Listening, listen, until } from '../../support/listen.ts';
import { pulled, startOnvifDevice } from '../../support/scripted-onvif.ts';
import {
  deviceScript,
  largeDocument,
  metadataFrame,
  portDocument,
  serveScript,
} from '../../support/scripted-rtsp.ts';
import { frame, portMessage, serveWebSocket } from '../../support/scripted-websocket.ts';

const COUNT = 100;
/** As many documents as are read in one piece. */
const EACH = 16;
const NEVER = new Promise<void>(() => {});
const numbers = Array.from({ length: COUNT }, (_, index) => String(index));

/** Listens to a device each of whose events is so much work (ms). */
function listenBusily(
  t: TestContext,
  {
    source,
    address,
    ms = 20,
    isKept = true,
  }: { source: Source; address: DeviceAddress; ms?: number; isKept?: boolean },
) {
  const clock = createFakeClock();
  let worked = 0;
  const emitted: Notification[] = [];
  const warnings: string[] = [];
  const log: Log = { error() {}, info() {}, warn: (_fields, message) => void warnings.push(message) };
  const listening = listen(t, {
    source,
    address,
    log,
    clock: { ...clock, monotonic: () => clock.monotonic() + worked },
    async emit(notification) {
      worked += ms;
      emitted.push(notification);
      if (!isKept) await NEVER;
    },
  });
  return { ...listening, clock, emitted, warnings };
}

/** A quiet one: what tells that an event of its has passed. */
async function startQuiet(t: TestContext) {
  const server = await serveScript(t, deviceScript());
  const quiet: Listening = listen(t, { source: rtsp, address: server.address });
  await until(() => quiet.opened.length === 1);
  return async () => {
    const before = quiet.emitted.length;
    server.send(metadataFrame(portDocument('0')));
    await until(() => quiet.emitted.length > before);
  };
}

/** Moves the clock on until no timer is left but that of the next ping. */
async function rested(clock: FakeClock): Promise<void> {
  while (clock.waiting() > 1) await clock.advance(100);
}

const values = (emitted: readonly Notification[]) =>
  emitted.map(({ source, data }) => source[0]?.value ?? data[0]?.value);

describe('what a busy device sends all at once is read bit by bit, and events of others pass in between', () => {
  test('RTSP', async t => {
    const server = await serveScript(t, deviceScript());
    const busy = listenBusily(t, { source: rtsp, address: server.address });
    const quietPasses = await startQuiet(t);
    await until(() => busy.opened.length === 1);
    server.send(Buffer.concat(numbers.map(number => metadataFrame(portDocument(number)))));
    await until(() => busy.emitted.length > 0);
    const sizes: number[] = [];
    while (busy.emitted.length < COUNT) {
      sizes.push(busy.emitted.length);
      await quietPasses();
      assert.equal(busy.emitted.length, sizes.at(-1), 'it rests');
      await busy.clock.advance(10_000);
      assert.ok(sizes.length < COUNT);
    }
    assert.ok(sizes.length >= 3, String(sizes));
    assert.deepEqual(values(busy.emitted), numbers);
  });

  test('WebSocket', async t => {
    const server = await serveWebSocket(t);
    const busy = listenBusily(t, { source: websocket, address: server.address });
    const quietPasses = await startQuiet(t);
    await until(() => busy.opened.length === 1);
    // More than one read of a socket takes.
    const messages = Array.from({ length: 8 * COUNT }, (_, index) => frame(portMessage(String(index))));
    server.send(Buffer.concat(messages));
    await until(() => busy.emitted.length > 0);
    let rests = 0;
    for (; busy.emitted.length < messages.length; rests++) {
      const before = busy.emitted.length;
      await quietPasses();
      assert.equal(busy.emitted.length, before, 'it rests');
      assert.ok(rests < messages.length);
      await rested(busy.clock);
    }
    assert.ok(rests >= 1);
    assert.deepEqual(
      values(busy.emitted),
      messages.map((_, index) => String(index)),
    );
  });

  test('pull point, which is not asked again before it has rested', async t => {
    const device = await startOnvifDevice(t, {
      PullMessages: (_request, count) => (count <= 2 ? pulled(numbers) : undefined),
    });
    const busy = listenBusily(t, { source: pullpoint, address: device.address, ms: 2 });
    const quietPasses = await startQuiet(t);
    for (let pulls = 1; pulls <= 2; pulls++) {
      await until(() => busy.emitted.length > (pulls - 1) * COUNT);
      for (let before = 0; before < pulls * COUNT; await busy.clock.advance(10)) {
        before = busy.emitted.length;
        await quietPasses();
        assert.deepEqual(
          [busy.emitted.length, device.asked('PullMessages').length],
          [before, pulls],
          'it rests',
        );
      }
    }
    await until(() => device.asked('PullMessages').length === 3);
    assert.deepEqual(values(busy.emitted), [...numbers, ...numbers]);
  });

  test('a large document of RTSP, and those behind it stay behind it', async t => {
    const server = await serveScript(t, deviceScript());
    const busy = listenBusily(t, { source: rtsp, address: server.address, ms: 2 });
    const quietPasses = await startQuiet(t);
    await until(() => busy.opened.length === 1);
    const large = largeDocument(numbers);
    assert.ok(large.length > 2 * STEP_SIZE);
    server.send(Buffer.concat([metadataFrame(large), metadataFrame(portDocument('last'))]));
    await until(() => busy.emitted.length > 0);
    while (busy.emitted.length <= COUNT) {
      const before = busy.emitted.length;
      await quietPasses();
      assert.equal(busy.emitted.length, before, 'it rests');
      await busy.clock.advance(10);
    }
    assert.deepEqual(values(busy.emitted), [...numbers, 'last']);
  });

  test('what is left of it at a stop is handed on', async t => {
    const server = await serveScript(t, deviceScript());
    const busy = listenBusily(t, { source: rtsp, address: server.address, ms: 2 });
    await until(() => busy.opened.length === 1);
    server.send(metadataFrame(largeDocument(numbers)));
    await until(() => busy.emitted.length > 0);
    assert.ok(busy.emitted.length < COUNT);
    busy.stop();
    await busy.done;
    assert.deepEqual(values(busy.emitted), numbers);
  });

  test('what is left of a pull at a stop is handed on, though nothing can be kept just now', async t => {
    const device = await startOnvifDevice(t, {
      PullMessages: (_request, count) => (count === 1 ? pulled(numbers) : undefined),
    });
    const busy = listenBusily(t, { source: pullpoint, address: device.address, ms: 2, isKept: false });
    await until(() => busy.emitted.length > 0);
    busy.stop();
    await until(() => busy.emitted.length === COUNT);
    await busy.done;
    assert.deepEqual(values(busy.emitted), numbers);
  });
});

test('a flood is told once, and ends with FLOOD after two minutes', async t => {
  const server = await serveScript(t, deviceScript());
  const busy = listenBusily(t, { source: rtsp, address: server.address });
  await until(() => busy.opened.length === 1);
  let isOver = false;
  const over = ends(busy.done, 'FLOOD').then(() => {
    isOver = true;
  });
  for (let sent = 0; !isOver && sent < 200 * EACH; sent += EACH) {
    server.send(Buffer.concat(numbers.slice(0, EACH).map(number => metadataFrame(portDocument(number)))));
    await until(() => isOver || busy.emitted.length === sent + EACH);
    await rested(busy.clock);
  }
  assert.ok(isOver);
  await over;
  assert.equal(busy.warnings.length, 1);
  assert.match(busy.warnings[0] ?? '', /more than there is time for/);
});
