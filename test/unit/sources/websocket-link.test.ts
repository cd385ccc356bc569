// The link of a WebSocket: pings, silence, ends, and a stop.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ends, until } from '../../support/listen.ts';
import {
  acknowledgement,
  CLOSE,
  deviceReply,
  type Frame,
  frame,
  PING,
  PONG,
  portMessage,
  type ScriptedWebSocket,
  serveWebSocket,
  TEXT,
} from '../../support/scripted-websocket.ts';
import { listen, open } from './websocket-helper.ts';

const count = ({ frames }: ScriptedWebSocket, wanted: number) =>
  frames.filter(({ opcode }) => opcode === wanted).length;

describe('the link', () => {
  test('is kept by a ping each 10 s', async t => {
    const { server, counts, clock } = await open(t);
    await until(() => count(server, PING) === 1);
    await clock.advance(9_999);
    assert.equal(count(server, PING), 1);
    await clock.advance(1);
    await until(() => count(server, PING) === 2);
    for (let pings = 3; pings <= 8; pings++) {
      const bytes = counts.get('bytes') ?? 0;
      await clock.advance(10_000);
      await until(() => count(server, PING) === pings && (counts.get('bytes') ?? 0) > bytes);
    }
  });

  const mute = (received: Frame) => (received.opcode === PING ? undefined : deviceReply(received));

  test('that goes silent is noticed within 30 s', async t => {
    const { clock, done } = await open(t, { reply: mute });
    await clock.advance(30_000);
    await ends(done, 'STALLED');
    assert.equal(clock.waiting(), 0);
  });

  test('is caught up with by each answered ping, as of when that was sent', async t => {
    const { server, clock, caughtUp, emitted } = await open(t, { reply: mute });
    const start = clock.monotonic();
    await until(() => count(server, PING) === 1);
    await clock.advance(5_000);
    server.send(frame(portMessage('1')));
    await until(() => emitted.length === 1);
    assert.equal(caughtUp.length, 0);
    const ping = server.frames.find(({ opcode }) => opcode === PING);
    server.send(frame(ping?.payload ?? '', PONG));
    await until(() => caughtUp.length === 1);
    const [[asOf, lastTime] = assert.fail()] = caughtUp;
    assert.equal(asOf.monotonic, start);
    assert.equal(lastTime, emitted[0]?.time);
  });

  test('that is answered only after it stood still is STALLED, with all that came', async t => {
    let held = false;
    const { server, clock, caughtUp, emitted, done } = await open(t, {
      reply: received => (received.opcode === PING && held ? undefined : deviceReply(received)),
    });
    await until(() => caughtUp.length === 1);
    held = true;
    for (let messages = 1; messages <= 4; messages++) {
      await clock.advance(9_000);
      server.send(frame(portMessage(String(messages))));
      await until(() => emitted.length === messages);
    }
    const ping = server.frames.findLast(({ opcode }) => opcode === PING);
    server.send(frame(ping?.payload ?? '', PONG));
    await ends(done, 'STALLED', /stood still for up to 36 s/);
    assert.equal(caughtUp.length, 1);
  });

  test('is not caught up with by a pong to nothing, and pinged on', async t => {
    const { server, clock, caughtUp, counts } = await open(t, {
      reply: received => (received.opcode === PING ? frame('', PONG) : deviceReply(received)),
    });
    const pongs = () =>
      ((counts.get('bytes') ?? 0) - frame(acknowledgement()).length) / frame('', PONG).length;
    for (let pings = 1; pings <= 4; pings++) {
      await until(() => count(server, PING) === pings && pongs() === pings);
      await clock.advance(10_000);
    }
    assert.equal(caughtUp.length, 0);
  });

  test('on which something comes is not silent, though a ping is not answered', async t => {
    const { server, clock, counts, done, emitted } = await open(t, { reply: mute });
    server.send(frame(portMessage('1')));
    await until(() => emitted.length === 1);
    await clock.advance(10_000);
    // A part of a message is a sign of life too.
    const bytes = counts.get('bytes') ?? 0;
    server.send(frame(portMessage('2')).subarray(0, 20));
    await until(() => (counts.get('bytes') ?? 0) > bytes);
    await clock.advance(10_000);
    assert.equal(await Promise.race([done.catch(() => 'ended'), setTimeout(20, 'up')]), 'up');
    await clock.advance(10_000);
    await ends(done, 'STALLED');
  });

  test('on which a message drips for two minutes is dead, whatever comes of it', async t => {
    const { server, clock, counts, done } = await open(t, { reply: mute });
    const message = frame(portMessage('1'));
    for (let at = 0; at < 12; at++) {
      const bytes = counts.get('bytes') ?? 0;
      server.send(message.subarray(at, at + 1));
      await until(() => (counts.get('bytes') ?? 0) > bytes);
      await clock.advance(10_000);
    }
    await ends(done, 'STALLED', /no whole message within 120 s/);
  });

  test('that we do not read ourselves is not silent', async t => {
    let taken = 0;
    const emit = () => new Promise<void>(() => (taken += 1));
    const { server, clock, done } = await open(t, {}, { emit });
    for (let index = 0; index < 100; index++) server.send(frame(portMessage('1')));
    await until(() => taken === 64);
    await clock.advance(60_000);
    assert.equal(await Promise.race([done.catch(() => 'ended'), setTimeout(20, 'up')]), 'up');
  });

  test('is over when the device closes it, in whichever way', async t => {
    const closed = await open(t);
    closed.server.send(frame(Buffer.from([0x03, 0xe9]), CLOSE));
    await ends(closed.done, 'CLOSED', /1001/);
    const ended = await open(t);
    ended.server.socket().end();
    await ends(ended.done, 'CLOSED');
    const reset = await open(t);
    reset.server.socket().resetAndDestroy();
    await ends(reset.done, 'CLOSED');
  });

  test('is over when its frames make no sense, or a message has no end', async t => {
    const garbage = await open(t);
    garbage.server.send(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await ends(garbage.done, 'PROTOCOL');
    const large = await open(t);
    large.server.send(Buffer.from([0x81, 127, 0, 0, 0, 0, 1, 0, 0, 1]));
    await ends(large.done, 'TOO_LARGE');
    const endless = await open(t);
    for (let part = 0; part < 20; part++) {
      endless.server.send(frame(Buffer.alloc(1_000_000, 0x20), part === 0 ? TEXT : 0, false));
    }
    await ends(endless.done, 'TOO_LARGE');
    const crumbs = await open(t);
    const crumb = (part: number) => frame('', part === 0 ? TEXT : 0, false);
    crumbs.server.send(Buffer.concat(Array.from({ length: 20_000 }, (_, part) => crumb(part))));
    await ends(crumbs.done, 'TOO_LARGE', /16384 pieces/);
  });

  test('on which the request is never answered is STALLED', async t => {
    const server = await serveWebSocket(t, { reply: () => undefined });
    const { clock, done } = listen(t, server);
    await until(() => server.frames.length === 1);
    await clock.advance(10_000);
    await ends(done, 'STALLED');
    assert.equal(clock.waiting(), 0);
  });
});

describe('a stop', () => {
  test('closes the connection and leaves nothing behind', async t => {
    const { server, done, stop, clock } = await open(t);
    const closed = once(server.socket(), 'close');
    stop();
    await done;
    await closed;
    assert.equal(server.frames.at(-1)?.opcode, CLOSE);
    assert.equal(server.frames.at(-1)?.payload.readUInt16BE(0), 1000);
    assert.equal(clock.waiting(), 0);
  });

  test('hands on what was read, and waits neither for the device nor until that is taken', async t => {
    const taken: unknown[] = [];
    const { server, done, stop, clock } = await open(
      t,
      { reply: received => (received.opcode === CLOSE ? undefined : deviceReply(received)) },
      { emit: notification => new Promise(() => taken.push(notification)) },
    );
    server.send(Buffer.concat(Array.from({ length: 100 }, () => frame(portMessage('1')))));
    await until(() => taken.length === 64);
    const closed = once(server.socket(), 'close');
    stop();
    await until(() => server.frames.at(-1)?.opcode === CLOSE);
    await clock.advance(100);
    await done;
    await closed;
    assert.equal(taken.length, 100);
    assert.equal(clock.waiting(), 0);
  });

  test('hears the device’s end, though it was not reading just then', async t => {
    const { server, done, stop } = await open(t, {}, { emit: () => new Promise(() => undefined) });
    for (let index = 0; index < 10_000; index++) server.send(frame(portMessage('1')));
    await setTimeout(50);
    stop();
    await done;
  });

  test('in the handshake, in the dialogue, or before both ends it without an error', async t => {
    const silent = await serveWebSocket(t, { answer: () => undefined });
    const handshake = listen(t, silent);
    await until(() => silent.requests.length === 1);
    handshake.stop();
    await handshake.done;
    assert.equal(handshake.clock.waiting(), 0);
    const mute = await serveWebSocket(t, {
      reply: ({ opcode }) => (opcode === CLOSE ? frame('', CLOSE) : undefined),
    });
    const dialogue = listen(t, mute);
    await until(() => mute.frames.length === 1);
    dialogue.stop();
    await dialogue.done;
    assert.equal(dialogue.clock.waiting(), 0);
    await listen(t, silent, { signal: AbortSignal.abort() }).done;
  });
});
