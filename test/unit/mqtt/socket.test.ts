import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServer } from '../../../src/mqtt/socket.ts';

test('a URL gives host, port and name, by default the port of its scheme', () => {
  const name = (url: string) => parseServer(url).name;
  assert.equal(name('mqtt://broker'), 'mqtt://broker:1883');
  assert.equal(name('mqtts://broker'), 'mqtts://broker:8883');
  assert.equal(name('ws://broker/mqtt'), 'ws://broker:80');
  assert.equal(name('wss://broker:9001'), 'wss://broker:9001');
  assert.equal(parseServer('wss://broker/mqtt?x=1').path, '/mqtt?x=1');
  assert.equal(parseServer('ws://broker').path, '/');
});

test('an IPv6 address loses its brackets for the socket and keeps them in the name', () => {
  const server = parseServer('mqtt://[::1]:2883');
  assert.deepEqual([server.host, server.port, server.name], ['::1', 2883, 'mqtt://[::1]:2883']);
});

test('credentials in a URL show up nowhere', () => {
  assert.ok(!JSON.stringify(parseServer('mqtt://user:hunter2@broker')).includes('hunter2'));
});

test('what is no broker URL is refused without being quoted', () => {
  for (const url of ['http://broker', 'broker:1883', 'mqtt://', 'mqtt:hunter2', '']) {
    assert.throws(
      () => parseServer(url),
      error => error instanceof Error && !error.message.includes('hunter2'),
      url,
    );
  }
});
