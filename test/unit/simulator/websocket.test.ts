// The WebSocket event stream of a device, as a bare client sees it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { createDevice } from '../../../src/simulator/device.ts';
import type { DeviceOptions } from '../../../src/simulator/options.ts';
import { until } from '../../support/listen.ts';
import { authorize, manualClock } from './client.ts';

const STREAM = '/vapix/ws-data-stream?sources=events';
const STATES = 12;

interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  websocket: WebSocket;
}

async function start(t: TestContext, options: DeviceOptions = {}) {
  const device = createDevice(options);
  t.after(() => device.stop());
  const { httpPort: port } = await device.start();
  const ask = (path: string, authorization?: string) =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers: authorization ? { authorization } : {} });
  const upgrade = (path: string, authorization?: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const headers = authorization ? { authorization } : {};
      const websocket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers, perMessageDeflate: false });
      t.after(() => websocket.terminate());
      websocket.on('error', reject);
      websocket.on('unexpected-response', (_request, { statusCode = 0, headers }) =>
        resolve({ status: statusCode, headers, websocket }),
      );
      websocket.on('upgrade', ({ headers }) =>
        websocket.on('open', () => resolve({ status: 101, headers, websocket })),
      );
    });
  return { device, ask, upgrade };
}

/** The answer to the challenge for that path. */
async function loginFor(asked: Promise<Answer>, uri = STREAM): Promise<string> {
  const { status, headers } = await asked;
  assert.equal(status, 401);
  return authorize(String(headers['www-authenticate']), { method: 'GET', uri });
}

/** Logs in, and gives what the device says. */
async function connect(t: TestContext, options: DeviceOptions = {}) {
  const { device, upgrade } = await start(t, options);
  const { websocket } = await upgrade(STREAM, await loginFor(upgrade(STREAM)));
  const said: string[] = [];
  websocket.on('message', bytes => void said.push(String(bytes)));
  const configure = (...filters: string[]) =>
    websocket.send(
      JSON.stringify({
        apiVersion: '1.0',
        context: 'c1',
        method: 'events:configure',
        params: { eventFilterList: filters.map(topicFilter => ({ topicFilter })) },
      }),
    );
  return { device, websocket, said, configure };
}

const topics = (said: readonly string[]) => said.map(text => JSON.parse(text).params?.notification.topic);

describe('the upgrade', () => {
  test('wants a right login, and then bears the device’s date', async t => {
    const { device, upgrade } = await start(t);
    const wrong = await loginFor(upgrade(STREAM), '/vapix/ws-data-stream');
    assert.equal((await upgrade(STREAM, wrong)).status, 401);
    assert.equal(device.stats.failedLogins, 1);
    const right = await upgrade(STREAM, await loginFor(upgrade(STREAM)));
    assert.equal(right.status, 101);
    assert.ok(Math.abs(Date.parse(String(right.headers['date'])) - Date.now()) < 60_000);
    assert.equal(device.connections, 1);
    right.websocket.terminate();
    await until(() => device.connections === 0);
  });

  test('is there for upgrades alone, on that path alone, and not on old devices', async t => {
    const { ask, upgrade } = await start(t, { auth: { http: { schemes: [] } } });
    assert.equal((await ask(STREAM)).status, 426);
    assert.equal((await upgrade('/vapix/ws-data-stream')).status, 400);
    assert.equal((await upgrade('/vapix/other')).status, 404);
    const old = await start(t, { http: { omit: ['websocket'] } });
    assert.equal((await old.upgrade(STREAM)).status, 404);
    assert.equal((await old.ask('/axis-cgi/wssession.cgi')).status, 404);
  });

  test('takes a token in place of a login, once, within 15 s', async t => {
    const clock = manualClock();
    const { ask, upgrade } = await start(t, { clock, websocket: { tokenOnly: 403 } });
    const TOKENS = '/axis-cgi/wssession.cgi';
    const challenge = (await ask(TOKENS)).headers.get('www-authenticate') ?? '';
    const login = (nc: string) => authorize(challenge, { method: 'GET', uri: TOKENS, nc });
    const path = async (nc: string) =>
      `/vapix/ws-data-stream?wssession=${await (await ask(TOKENS, login(nc))).text()}&sources=events`;
    const first = await path('00000001');
    assert.equal((await upgrade(first)).status, 101);
    assert.equal((await upgrade(first)).status, 403);
    const late = await path('00000002');
    clock.advance(15_000);
    assert.equal((await upgrade(late)).status, 403);
    assert.equal((await upgrade(STREAM)).headers['www-authenticate'], undefined);
  });

  test('meets the refusals and the redirect of the moment', async t => {
    const { device, upgrade } = await start(t);
    device.refuseHttp(503, { retryAfter: 9, count: 1 });
    const busy = await upgrade(STREAM);
    assert.deepEqual([busy.status, busy.headers['retry-after']], [503, '9']);
    const moved = await start(t, { http: { redirect: 'http://192.0.2.1' } });
    assert.equal((await moved.upgrade(STREAM)).headers['location'], `http://192.0.2.1${STREAM}`);
  });
});

describe('the stream', () => {
  test('tells every state once it is asked for all, and then what happens', async t => {
    const { device, said, configure } = await connect(t);
    device.emit('tnsaxis:Early', { data: { n: 1 } });
    configure('//.');
    await until(() => said.length === 1 + STATES);
    assert.deepEqual(JSON.parse(said[0] ?? ''), {
      apiVersion: '1.0',
      context: 'c1',
      method: 'events:configure',
      data: {},
    });
    device.emit(
      'tns1:Device/tnsaxis:IO/Port',
      {
        source: { port: 1 },
        data: { state: true },
      },
      { time: '2026-11-22T08:00:00.123456Z' },
    );
    await until(() => said.length === 2 + STATES);
    assert.deepEqual(JSON.parse(said.at(-1) ?? '').params.notification, {
      timestamp: 1_795_334_400_123,
      topic: 'tns1:Device/tnsaxis:IO/Port',
      message: { source: { port: '1' }, key: {}, data: { state: '1' } },
    });
  });

  test('tells an event once for each filter that it matches, and no longer what it was asked before', async t => {
    const { device, said, configure } = await connect(t);
    configure('tns1:Device//.', 'tns1:Device/tnsaxis:IO/Port');
    await until(() => said.length === 11);
    const ports = topics(said).filter(topic => topic === 'tns1:Device/tnsaxis:IO/Port');
    assert.equal(ports.length, 4);
    said.length = 0;
    configure('tnsaxis:Storage/Alert|tns1:VideoSource/MotionAlarm');
    await until(() => said.length === 4);
    device.emit('tns1:Device/tnsaxis:IO/Port', { source: { port: 1 }, data: { state: true } });
    device.emit('tnsaxis:Storage/Alert', { source: { disk_id: 'SD_DISK' }, data: { alert: true } });
    await until(() => said.length === 5);
    assert.equal(topics(said).at(-1), 'tnsaxis:Storage/Alert');
  });

  test('does not tell that a property is gone, and no time where there is none', async t => {
    const { device, said, configure } = await connect(t, { websocket: { noTimestamp: true } });
    configure('tns1:Device/tnsaxis:IO/Port');
    await until(() => said.length === 3);
    device.remove({ topic: 'tns1:Device/tnsaxis:IO/Port', source: { port: 1 } });
    device.emit('tns1:Device/tnsaxis:IO/Port', { source: { port: 2 }, data: { state: true } });
    await until(() => said.length === 4);
    assert.equal('timestamp' in JSON.parse(said[3] ?? '').params.notification, false);
  });

  const refused: [
    what: string,
    options: DeviceOptions['websocket'],
    request: object | string,
    code: number,
  ][] = [
    ['what is no JSON', {}, '{', 2101],
    ['another version', {}, { apiVersion: '2.0', method: 'events:configure' }, 2100],
    ['another method', {}, { apiVersion: '1.0', method: 'events:other' }, 2102],
    ['no filters', {}, { apiVersion: '1.0', method: 'events:configure', params: {} }, 2103],
    ['RTSP’s prefixes', {}, filters('onvif:Device//.'), 2104],
    ['the catch-all', { refuseCatchAll: true }, filters('//.'), 2104],
    ['a union', { refuseUnions: true }, filters('tns1:Device//.|tnsaxis:Storage//.'), 2104],
  ];
  for (const [what, websocket = {}, request, code] of refused) {
    test(`refuses ${what} with error ${code}`, async t => {
      const { websocket: client, said } = await connect(t, { websocket });
      client.send(typeof request === 'string' ? request : JSON.stringify(request));
      await until(() => said.length === 1);
      assert.equal(JSON.parse(said[0] ?? '').error.code, code);
    });
  }
});

function filters(topicFilter: string): object {
  return { apiVersion: '1.0', method: 'events:configure', params: { eventFilterList: [{ topicFilter }] } };
}

describe('the controls', () => {
  test('a stalled device says nothing and answers no ping, and makes up for it', async t => {
    const { device, websocket, said, configure } = await connect(t);
    configure('tns1:Device/tnsaxis:IO/Port');
    await until(() => said.length === 3);
    let pongs = 0;
    websocket.on('pong', () => {
      pongs += 1;
    });
    websocket.ping();
    await until(() => pongs === 1);
    device.stall();
    websocket.ping();
    device.emit('tns1:Device/tnsaxis:IO/Port', { source: { port: 1 }, data: { state: true } });
    await new Promise(resolve => setTimeout(resolve, 50));
    assert.deepEqual([pongs, said.length, device.blocked], [1, 3, true]);
    device.resume();
    await until(() => pongs === 2 && said.length === 4);
  });

  test('a half message is no message until the rest has come, whatever is asked meanwhile', async t => {
    const { device, websocket, said, configure } = await connect(t);
    configure('tns1:Device/tnsaxis:IO/Port');
    await until(() => said.length === 3);
    const half = device.halfPacket();
    websocket.ping();
    await new Promise(resolve => setTimeout(resolve, 50));
    assert.equal(said.length, 3);
    half.complete();
    await Promise.all([once(websocket, 'pong'), until(() => said.length === 4)]);
    assert.equal(topics(said).at(-1), 'tns1:Device/tnsaxis:IO/Port');
  });

  test('what is written byte by byte stays whole, and pongs do not land in it', async t => {
    const { websocket, said, configure } = await connect(t, { oddities: { chunkBytes: 7 } });
    configure('//.');
    websocket.ping();
    await Promise.all([once(websocket, 'pong'), until(() => said.length === 1 + STATES)]);
  });

  test('nonsense is a message, a drop is the end, and so is a stop', async t => {
    const { device, websocket, said, configure } = await connect(t);
    configure('tnsaxis:Nothing');
    await until(() => said.length === 1);
    device.garbage(Buffer.from('nonsense'));
    await until(() => said.at(-1) === 'nonsense');
    device.drop();
    await once(websocket, 'close');
    const other = await connect(t);
    await Promise.all([once(other.websocket, 'close'), other.device.stop()]);
  });
});
