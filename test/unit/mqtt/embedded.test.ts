import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connectAsync, MqttClient } from 'mqtt';
import { type EmbeddedOptions, startEmbedded } from '../../../src/mqtt/embedded.ts';
import { proofOf } from '../../../src/mqtt/proof.ts';
import { secret } from '../../../src/util/secret.ts';
import { becomes, eventually } from '../../support/eventually.ts';
import { openHandles } from '../../support/open-handles.ts';

async function start(t: TestContext, options: Partial<EmbeddedOptions> = {}) {
  const broker = await startEmbedded({ host: '127.0.0.1', port: 0, ...options });
  t.after(broker.close);
  return { ...broker, url: `mqtt://127.0.0.1:${broker.port}` };
}

function happens(client: MqttClient, event: 'connect' | 'close'): Promise<void> {
  return new Promise(resolve => client.once(event, () => resolve()));
}

describe('the embedded broker', () => {
  test('delivers, and keeps retained messages', async t => {
    const { url } = await start(t);
    const client = await connectAsync(url, { reconnectPeriod: 0 });
    t.after(() => client.endAsync(true));
    await client.publishAsync('a', 'kept', { qos: 1, retain: true });
    const message = new Promise(resolve => {
      client.once('message', (topic, payload) => resolve([topic, String(payload)]));
    });
    await client.subscribeAsync('a');
    assert.deepEqual(await message, ['a', 'kept']);
  });

  test('keeps nothing for a client that is away, whatever that asks for', async t => {
    const { url } = await start(t);
    const options = { clientId: 'away', clean: false, reconnectPeriod: 0 };
    const away = await connectAsync(url, options);
    await away.subscribeAsync('#', { qos: 1 });
    await away.endAsync();
    const client = await connectAsync(url, { reconnectPeriod: 0 });
    t.after(() => client.endAsync(true));
    await client.publishAsync('a', 'missed', { qos: 1 });
    const back = await connectAsync(url, options);
    t.after(() => back.endAsync(true));
    const got: string[] = [];
    back.on('message', (_, payload) => void got.push(String(payload)));
    await back.subscribeAsync('#', { qos: 1 });
    await client.publishAsync('a', 'new', { qos: 1 });
    await eventually('the new one', () => got.includes('new'));
    assert.deepEqual(got, ['new']);
  });

  test('with credentials, lets in who has them and nobody else', async t => {
    const { url } = await start(t, { username: 'user', password: secret('right') });
    const login = (username?: string, password?: string) =>
      connectAsync(url, {
        reconnectPeriod: 0,
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
      });
    await (await login('user', 'right')).endAsync();
    for (const wrong of [['user', 'wrong'], ['other', 'right'], ['user'], []]) {
      await assert.rejects(login(...wrong), /Not authorized/);
    }
  });

  test('a proof of the password logs in as well: for that client, for a minute', async t => {
    const password = secret('right');
    const { url } = await start(t, { username: 'user', password });
    const now = Date.now();
    const login = (clientId: string, changes: Partial<Parameters<typeof proofOf>[0]> = {}) => {
      const proof = proofOf({ password, clientId: 'monitor', now: () => now, ...changes }).reveal();
      assert.doesNotMatch(proof, /right/);
      return connectAsync(url, { clientId, username: 'user', password: proof, reconnectPeriod: 0 });
    };
    await (await login('monitor')).endAsync();
    const wrong: Parameters<typeof login>[] = [
      ['another'],
      ['monitor', { password: secret('wrong') }],
      ['monitor', { now: () => now - 61_000 }],
      ['monitor', { now: () => Number.NaN }],
    ];
    for (const [clientId, changes] of wrong) await assert.rejects(login(clientId, changes), /Not authorized/);
  });

  test('a client inside the process needs no port, and its will is published when it goes without a word', async t => {
    const broker = await start(t, { username: 'user', password: secret('right') });
    const login = { username: 'user', password: 'right', reconnectPeriod: 0 };
    const subscriber = await connectAsync(broker.url, login);
    t.after(() => subscriber.endAsync(true));
    const got: string[] = [];
    subscriber.on('message', (_, payload) => void got.push(String(payload)));
    await subscriber.subscribeAsync('#', { qos: 1 });
    const will = { topic: 'a', payload: Buffer.from('will'), qos: 1, retain: false } as const;
    const client = new MqttClient(() => broker.connect(), { ...login, will });
    await happens(client, 'connect');
    const large = 'x'.repeat(300_000);
    await client.publishAsync('a', large, { qos: 1 });
    await becomes('what was published', () => got.map(text => text.length), [large.length]);
    client.stream.destroy();
    await becomes('the will', () => got.at(-1), 'will');
  });

  test('closing it ends a client inside the process', async t => {
    const broker = await start(t);
    const client = new MqttClient(() => broker.connect(), { reconnectPeriod: 0 });
    await happens(client, 'connect');
    const closed = happens(client, 'close');
    await broker.close();
    await closed;
  });

  test('a port in use is a clear error, and leaves nothing behind', async t => {
    const { port } = await start(t);
    await assert.rejects(startEmbedded({ host: '127.0.0.1', port }), {
      code: 'LISTEN',
      message: new RegExp(`127.0.0.1:${port}.*in use`),
    });
  });

  test('ends a client that announces a packet past the bound, before it is sent', async t => {
    const { port } = await start(t);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f, 0, 4]));
    await once(socket, 'close');
  });

  test('takes no more clients than it may', async t => {
    const { port } = await start(t, { maxClients: 2 });
    const sockets = [1, 2, 3].map(() => connect(port, '127.0.0.1').on('error', () => undefined));
    t.after(() => {
      for (const socket of sockets) socket.destroy();
    });
    const closed = await Promise.race(
      sockets.map(async (socket, index) => (await once(socket, 'close')) && index),
    );
    assert.equal(closed, 2);
  });

  test('closing ends every client, logged in or not, and leaves nothing open', async () => {
    await delay(50);
    const before = openHandles();
    const broker = await startEmbedded({ host: '127.0.0.1', port: 0 });
    const client = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, { reconnectPeriod: 0 });
    const idle = connect(broker.port, '127.0.0.1');
    await once(idle, 'connect');
    const ended = [new Promise<void>(resolve => client.once('close', resolve)), once(idle, 'close')];
    idle.resume();
    await broker.close();
    await Promise.all(ended);
    await client.endAsync(true);
    await becomes('nothing more is open', openHandles, before);
  });
});
