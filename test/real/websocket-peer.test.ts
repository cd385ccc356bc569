// The WebSocket source against a WebSocket server of another make: that of the Python package websockets.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { websocket } from '../../src/sources/websocket/websocket.ts';
import { secret } from '../../src/util/secret.ts';
import { makeCertificates } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { ends, listen as listenTo } from '../support/listen.ts';
import {
  needPythonWebSocket,
  type PythonWebSocketOptions,
  startPythonWebSocket,
} from '../support/python-websocket.ts';
import { scriptedAddress } from '../support/scripted-rtsp.ts';
import { portMessage } from '../support/scripted-websocket.ts';

const LONG = portMessage('2', 'x'.repeat(100_000));
const MESSAGES = [[portMessage('1')], [LONG.slice(0, 70), LONG.slice(70, 80_000), LONG.slice(80_000)]];

async function listen(
  t: TestContext,
  options: Partial<PythonWebSocketOptions> = {},
  changes: Parameters<typeof scriptedAddress>[1] = {},
) {
  const login = { username: 'root', password: 'pass' };
  const server = await startPythonWebSocket(t, { messages: MESSAGES, pings: false, ...login, ...options });
  const address = scriptedAddress(554, { port: server.port, ...changes });
  return { server, address, ...listenTo(t, { source: websocket, address }) };
}

describe('the WebSocket server of Python’s websockets', needPythonWebSocket(), () => {
  test('is logged in to with Digest and heard, messages of several frames too', async t => {
    const { server, emitted, opened, unreadable, stop, done } = await listen(t);
    await eventually('ten events', () => emitted.length >= 10);
    assert.equal(opened[0]?.realm, 'AXIS_ACCC8E012345');
    const [first, second] = emitted.map(({ source, data }) => [
      source[0]?.value,
      String(data[0]?.value).length,
    ]);
    assert.deepEqual(
      [first, second],
      [
        ['1', 1],
        ['2', 100_000],
      ],
    );
    assert.deepEqual(unreadable, []);
    stop();
    await done;
    await eventually('its word on the end', () => server.said.includes('closed 1000'));
  });

  test('answers our pings, though it has nothing else to say', async t => {
    const { opened, counts, clock, done } = await listen(t, { messages: [] });
    await eventually('the stream is open', () => opened.length === 1);
    const bytes = () => counts.get('bytes') ?? 0;
    // The answer to the first ping may have been counted already.
    await Promise.race([setTimeout(1000), done]);
    for (let ping = 0; ping < 4; ping++) {
      const before = bytes();
      await clock.advance(10_000);
      await Promise.race([eventually('a pong', () => bytes() > before), done]);
    }
  });

  test('gets answers to its own pings', async t => {
    const { server, emitted, done } = await listen(t, { pings: true });
    await Promise.race([setTimeout(4000), done]);
    const before = emitted.length;
    await eventually('more events', () => emitted.length > before);
    assert.deepEqual(server.said, []);
  });

  test('refuses a wrong password, which is AUTH', async t => {
    const { done } = await listen(t, {}, { password: secret('wrong') });
    await ends(done, 'AUTH');
  });

  test('that ends says so, which is CLOSED', async t => {
    const { server, emitted, done } = await listen(t);
    await eventually('an event', () => emitted.length > 0);
    server.end();
    await ends(done, 'CLOSED', /1001/);
  });

  test('is heard over TLS, once its certificate is accepted', async t => {
    const { ca, server: own } = makeCertificates(t);
    const pem = `${own.cert.file}.both`;
    writeFileSync(pem, own.cert.text + own.key.text);
    const { address, emitted } = await listen(t, { pem }, { https: true, tls: { ca: ca.text } });
    await eventually('an event', () => emitted.length > 0);
    await ends(listenTo(t, { source: websocket, address: { ...address, tls: {} } }).done, 'TLS');
  });
});
