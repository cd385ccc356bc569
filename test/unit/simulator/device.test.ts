// The stream of a device as a client meets it: handshake, replay, events, filters, controls, and its end.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { createDevice, type Device } from '../../../src/simulator/device.ts';
import type { DeviceOptions } from '../../../src/simulator/options.ts';
import { freePorts } from '../../support/free-port.ts';
import { type Client, connectRtsp, EVENTS, header, manualClock, play } from './client.ts';

const PORT = 'tns1:Device/tnsaxis:IO/Port';

async function start(
  t: TestContext,
  options: DeviceOptions = {},
): Promise<{ device: Device; port: number; url: string }> {
  const device = createDevice({ ...(await freePorts()), ...options });
  t.after(() => device.stop());
  const { rtspPort: port } = await device.start();
  return { device, port, url: `rtsp://127.0.0.1:${port}${EVENTS}` };
}

async function playing(t: TestContext, options: DeviceOptions = {}, path = EVENTS) {
  const { device, port, url } = await start(t, options);
  const client = await connectRtsp(port);
  t.after(() => client.close());
  const session = await play(client, { port, path });
  return { device, port, url, client, session };
}

function last(client: Client): string {
  return client.documents().at(-1) ?? '';
}

describe('a simulated device on RTSP', () => {
  test('describes the event media with an absolute control URL, as captured', async t => {
    const { port, url } = await start(t, { auth: { rtsp: { schemes: [] } } });
    const client = await connectRtsp(port);
    t.after(() => client.close());
    const response = await client.ask('DESCRIBE', url);
    assert.equal(header(response, 'content-base'), `rtsp://127.0.0.1:${port}/axis-media/media.amp/`);
    assert.match(response.body, /m=application 0 RTP\/AVP 98\r\n/);
    assert.match(response.body, /a=rtpmap:98 vnd\.onvif\.metadata\/90000\r\n/);
    assert.ok(response.body.includes(`media.amp/stream=0?video=0&audio=0&event=on\r\n`));
    assert.doesNotMatch(response.body, /m=video/);
  });

  test('has no event media without event=on', async t => {
    const { port } = await start(t, { auth: { rtsp: { schemes: [] } } });
    const client = await connectRtsp(port);
    t.after(() => client.close());
    const response = await client.ask('DESCRIBE', `rtsp://127.0.0.1:${port}/axis-media/media.amp?event=off`);
    assert.match(response.body, /m=video/);
    assert.doesNotMatch(response.body, /m=application/);
  });

  test('replays every state as Initialized after an empty document', async t => {
    const { device, client } = await playing(t);
    await client.until(() => client.documents().length === 13);
    const [empty = '', ...states] = client.documents();
    assert.doesNotMatch(empty, /NotificationMessage/);
    assert.ok(states.every(document => document.includes('PropertyOperation="Initialized"')));
    assert.equal(device.stats.notifications, 12);
    assert.equal(device.sessions, 1);
  });

  test('sends a change, and replays it to the next client', async t => {
    const { device, client, port } = await playing(t);
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await client.until(() => last(client).includes('"Changed"'));
    assert.match(
      last(client),
      /<tt:SimpleItem Name="port" Value="1"\/>.*<tt:SimpleItem Name="state" Value="1"\/>/,
    );
    assert.match(last(client), /UtcTime="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"/);
    const second = await connectRtsp(port);
    t.after(() => second.close());
    await play(second, { port });
    await second.until(() => second.documents().length === 13);
    assert.ok(
      second
        .documents()
        .some(text => /Initialized.*Name="port" Value="1".*Name="state" Value="1"/s.test(text)),
    );
  });

  test('a new property is Initialized, a stateless event has no operation, a removed one is Deleted', async t => {
    const { device, client } = await playing(t);
    await client.until(() => client.documents().length === 13);
    device.emit(PORT, { source: { port: 9 }, data: { state: true } });
    device.emit('tnsaxis:CameraApplicationPlatform/ALPV.AllPlates', { data: { text: '<"A&B">\u0000' } });
    device.remove({ topic: PORT, source: { port: 9 } });
    await client.until(() => client.documents().length === 16);
    const [first = '', second = '', third = ''] = client.documents().slice(-3);
    assert.match(first, /"Initialized"/);
    assert.doesNotMatch(second, /PropertyOperation/);
    assert.ok(second.includes('Value="&lt;&quot;A&amp;B&quot;&gt;\ufffd"'));
    assert.match(third, /"Deleted"/);
    assert.doesNotMatch(third, /<tt:Data>/);
  });

  test('honours eventtopic with documented prefixes, subtrees and alternatives', async t => {
    const filter = encodeURIComponent('onvif:Device/axis:IO//.|axis:Storage/Alert');
    const { device, client } = await playing(t, {}, `${EVENTS}&eventtopic=${filter}`);
    await client.until(() => client.documents().length === 6);
    device.emit('tns1:Device/tnsaxis:Casing/Open', { source: { Name: 'x' }, data: { Open: true } });
    device.emit(PORT, { source: { port: 2 }, data: { state: true } });
    await client.until(() => client.documents().length === 7);
    assert.match(last(client), /IO\/Port/);
  });

  const REFUSED: [string, string, number][] = [
    ['multicast', 'RTP/AVP;multicast;port=45678-45679', 461],
    ['TCP without channels', 'RTP/AVP/TCP;unicast', 461],
  ];
  for (const [name, transport, status] of REFUSED) {
    test(`refuses SETUP over ${name} with ${status}`, async t => {
      const { port } = await start(t, { auth: { rtsp: { schemes: [] } } });
      const client = await connectRtsp(port);
      t.after(() => client.close());
      const control = `rtsp://127.0.0.1:${port}/axis-media/media.amp/stream=0?video=0&audio=0&event=on`;
      assert.equal((await client.ask('SETUP', control, { Transport: transport })).status, status);
    });
  }

  test('refuses PLAY without its session (454) and on a single stream (460)', async t => {
    const { port, url } = await start(t, { auth: { rtsp: { schemes: [] } } });
    const client = await connectRtsp(port);
    t.after(() => client.close());
    const control = url.replace('media.amp?', 'media.amp/stream=0?');
    const setup = await client.ask('SETUP', control, { Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1' });
    const Session = header(setup, 'session')?.split(';')[0] ?? '';
    assert.equal((await client.ask('PLAY', url)).status, 454);
    assert.equal((await client.ask('PLAY', url, { Session: 'other' })).status, 454);
    assert.equal((await client.ask('PLAY', control, { Session })).status, 460);
    assert.equal((await client.ask('TEARDOWN', url, { Session })).status, 200);
    assert.equal((await client.ask('PLAY', url, { Session })).status, 454);
  });

  test('answers nonsense with 400 and closes', async t => {
    const { port, url } = await start(t);
    const client = await connectRtsp(port);
    assert.equal((await client.ask('NO SENSE', url)).status, 400);
    await client.closed;
  });
});

describe('the timeout of a session', { timeout: 120_000 }, () => {
  const session = { timeoutS: 10 };

  test('ends a session whose keep-alives bear no Session header', async t => {
    const clock = manualClock();
    const { device, client, url } = await playing(t, { clock, session });
    clock.advance(6000);
    assert.equal((await client.ask('OPTIONS', url)).status, 200);
    clock.advance(4000);
    await client.closed;
    assert.deepEqual(device.stats.keepAlives, { withSession: 0, withoutSession: 1, receiverReports: 0 });
    assert.equal(device.stats.timeouts, 1);
  });

  test('is moved on by a keep-alive with it, and by a receiver report', async t => {
    const clock = manualClock();
    const { device, client, url, session: id } = await playing(t, { clock, session });
    clock.advance(6000);
    assert.equal((await client.ask('OPTIONS', url, { Session: id })).status, 200);
    clock.advance(6000);
    assert.equal(device.sessions, 1);
    client.socket.write(Buffer.from('2401000880c9000100000001', 'hex'));
    await client.until(() => device.stats.keepAlives.receiverReports === 1);
    clock.advance(9000);
    assert.equal(device.sessions, 1);
    clock.advance(1000);
    await client.closed;
    assert.equal(device.stats.timeouts, 1);
  });

  test('can be left unsaid, and can change with PLAY', async t => {
    const { client, url, session: id } = await playing(t, { session: { timeoutS: 60, laterTimeoutS: 30 } });
    assert.equal(header(await client.ask('OPTIONS', url, { Session: id }), 'session'), `${id};timeout=30`);
    const silent = await playing(t, { session: { stated: false } });
    const answer = await silent.client.ask('OPTIONS', silent.url, { Session: silent.session });
    assert.equal(header(answer, 'session'), silent.session);
  });
});

describe('the controls of a device', () => {
  test('a stall holds back answers and events, resume lets them go', async t => {
    const { device, client, url, session } = await playing(t);
    await client.until(() => client.documents().length === 13);
    device.stall();
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    const answer = client.ask('OPTIONS', url, { Session: session });
    await new Promise(resolve => setTimeout(resolve, 30));
    assert.equal(client.documents().length, 13);
    device.resume();
    assert.equal((await answer).status, 200);
    assert.equal(client.documents().length, 14);
  });

  test('half a packet stays half until it is completed', async t => {
    const { device, client } = await playing(t);
    await client.until(() => client.documents().length === 13);
    const reads = client.reads.length;
    const half = device.halfPacket();
    device.emit(PORT, { source: { port: 2 }, data: { state: true } });
    await client.until(() => client.reads.length > reads);
    assert.equal(client.documents().length, 13);
    half.complete();
    await client.until(() => client.documents().length === 15);
  });

  test('drop closes the connections, a refusal counts down', async t => {
    const { device, client, port, url } = await playing(t);
    device.drop();
    await client.closed;
    device.refuseRtsp(503, { count: 1, retryAfter: 7 });
    const next = await connectRtsp(port);
    t.after(() => next.close());
    const refused = await next.ask('DESCRIBE', url);
    assert.equal(refused.status, 503);
    assert.equal(header(refused, 'retry-after'), '7');
    assert.equal((await next.ask('DESCRIBE', url)).status, 401);
  });

  test('a refusal can meet the keep-alives only', async t => {
    const { device, client, url, session } = await playing(t);
    device.refuseRtsp(454, { keepAliveOnly: true });
    assert.equal((await client.ask('GET_PARAMETER', url, { Session: session })).status, 454);
    assert.equal((await client.ask('DESCRIBE', url)).status, 401);
  });

  test('a reboot closes all, comes back on the same ports with a new boot id, and keeps the states', async t => {
    const clock = manualClock();
    const { device, client, port } = await playing(t, { clock });
    const { bootId } = device;
    const back = device.reboot({ downMs: 2000 });
    await client.closed;
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await assert.rejects(connectRtsp(port), { code: 'ECONNREFUSED' });
    await client.until(() => clock.pending > 0);
    clock.advance(2000);
    await back;
    assert.notEqual(device.bootId, bootId);
    const next = await connectRtsp(port);
    t.after(() => next.close());
    await play(next, { port });
    await next.until(() => next.documents().length === 13);
    assert.ok(next.documents().some(text => /Initialized.*Value="1".*Name="state" Value="1"/s.test(text)));
  });

  test('a changed password refuses the old one', async t => {
    const { device, port } = await start(t);
    device.setPassword('other');
    const client = await connectRtsp(port);
    t.after(() => client.close());
    await assert.rejects(play(client, { port }), /DESCRIBE 401/);
    assert.equal(device.stats.failedLogins, 1);
    await play(client, { port, password: 'other' });
  });

  test('a clock that jumps shows in events and Date', async t => {
    const { device, client, url, session } = await playing(t, { clock: manualClock(Date.UTC(2026, 0, 2)) });
    device.clockJump(-86_400_000);
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await client.until(() => last(client).includes('Changed'));
    assert.match(last(client), /UtcTime="2026-01-01T00:00:00\.000000Z"/);
    assert.match(header(await client.ask('OPTIONS', url, { Session: session }), 'date') ?? '', /01 Jan 2026/);
  });

  test('a slow reader leaves requests unread', async t => {
    const { device, client, url, session } = await playing(t);
    device.setSlowReader(true);
    const answer = client.ask('OPTIONS', url, { Session: session });
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await client.until(() => last(client).includes('Changed'));
    assert.equal(device.stats.keepAlives.withSession, 0);
    device.setSlowReader(false);
    assert.equal((await answer).status, 200);
  });

  test('a client that reads nothing is given up', async t => {
    const { device, client } = await playing(t, { session: { maxUnsentBytes: 1 << 20 } });
    client.socket.pause();
    for (let round = 0; round < 200 && device.sessions > 0; round++) {
      device.burst(100);
      await new Promise(setImmediate);
    }
    assert.equal(device.stats.overruns, 1);
    assert.equal(device.sessions, 0);
  });
});
