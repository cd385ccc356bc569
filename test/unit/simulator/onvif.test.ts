// The ONVIF side of a simulated device, asked by hand-written SOAP: pull points, their life, and the login.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import { createDevice } from '../../../src/simulator/device.ts';
import type { DeviceOptions, OnvifOptions } from '../../../src/simulator/options.ts';
import { freePorts } from '../../support/free-port.ts';
import { until } from '../../support/listen.ts';
import { authorize, manualClock } from './client.ts';

const TEV = 'http://www.onvif.org/ver10/events/wsdl';
const MANAGER = 'http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager';
const NAMESPACES =
  `xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing" xmlns:e="${TEV}" ` +
  'xmlns:n="http://docs.oasis-open.org/wsn/b-2" xmlns:d="http://www.onvif.org/ver10/device/wsdl"';
const TOPICS = 'xmlns:o="http://www.onvif.org/ver10/topics" xmlns:x="http://www.axis.com/2009/event/topics"';
const PORT = 'tns1:Device/tnsaxis:IO/Port';
const WSS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';

interface Ask {
  action: string;
  body: string;
  id?: string | undefined;
  header?: string;
  authorization?: string;
  signal?: AbortSignal;
}

/** A device that asks for no login on HTTP, unless a test says otherwise. */
async function start(t: TestContext, onvif: OnvifOptions = {}, options: DeviceOptions = {}) {
  const clock = manualClock();
  const own = { ...(await freePorts()), auth: { http: { schemes: [] } } };
  const device = createDevice({ clock, ...own, ...options, onvif: { statesAtOnce: false, ...onvif } });
  t.after(() => device.stop());
  const { httpPort } = await device.start();
  const ask = async ({ action, body, id, header = '', authorization, signal }: Ask) => {
    const subscription =
      id === undefined
        ? ''
        : `<k:SubscriptionId xmlns:k="http://www.axis.com/2009/event" a:IsReferenceParameter="true">${id}</k:SubscriptionId>`;
    const response = await fetch(`http://127.0.0.1:${httpPort}/onvif/services`, {
      method: 'POST',
      headers: authorization ? { authorization } : {},
      body: `<s:Envelope ${NAMESPACES}><s:Header><a:Action>${action}</a:Action>${header}${subscription}</s:Header><s:Body>${body}</s:Body></s:Envelope>`,
      ...(signal ? { signal } : {}),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  return { device, port: httpPort, clock, ...requests(ask), ask };
}

function requests(ask: (ask: Ask) => Promise<{ status: number; text: string }>) {
  return {
    async create(filter = '', time = 'PT60S') {
      const expression =
        filter &&
        `<e:Filter><n:TopicExpression ${TOPICS} Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">${filter}</n:TopicExpression></e:Filter>`;
      const { status, text } = await ask({
        action: `${TEV}/EventPortType/CreatePullPointSubscriptionRequest`,
        body: `<e:CreatePullPointSubscription>${expression}<e:InitialTerminationTime>${time}</e:InitialTerminationTime></e:CreatePullPointSubscription>`,
      });
      return { status, text, id: /SubscriptionId [^>]*>(\d+)</.exec(text)?.[1] };
    },
    pull: (
      id: string | undefined,
      { timeout = 'PT20S', limit = 100, signal = new AbortController().signal } = {},
    ) =>
      ask({
        action: `${TEV}/PullPointSubscription/PullMessagesRequest`,
        body: `<e:PullMessages><e:Timeout>${timeout}</e:Timeout><e:MessageLimit>${limit}</e:MessageLimit></e:PullMessages>`,
        id,
        signal,
      }),
    renew: (id: string | undefined, time: string) =>
      ask({
        action: `${MANAGER}/RenewRequest`,
        body: `<n:Renew><n:TerminationTime>${time}</n:TerminationTime></n:Renew>`,
        id,
      }),
    unsubscribe: (id: string | undefined) =>
      ask({ action: `${MANAGER}/UnsubscribeRequest`, body: '<n:Unsubscribe/>', id }),
    synchronize: (id: string | undefined) =>
      ask({
        action: `${TEV}/PullPointSubscription/SetSynchronizationPointRequest`,
        body: '<e:SetSynchronizationPoint/>',
        id,
      }),
  };
}

const states = (text: string) =>
  [...text.matchAll(/Name="state" Value="([^"]*)"/g)].map(([, value]) => value);
const time = (text: string, name: string) => Date.parse(new RegExp(`${name}>([^<]*)<`).exec(text)?.[1] ?? '');

describe('a pull point', () => {
  test('gives what came since, in order, no more than were asked for, and keeps the rest', async t => {
    const { device, create, pull } = await start(t);
    const { id } = await create();
    device.burst(5);
    assert.deepEqual(states((await pull(id, { limit: 3 })).text), ['1', '0', '1']);
    assert.deepEqual(states((await pull(id)).text), ['0', '1']);
    assert.equal(device.subscriptions, 1);
  });

  test('answers a pull that waits as soon as something comes, and with nothing when its time is up', async t => {
    const { device, clock, create, pull } = await start(t);
    const { id } = await create();
    const first = pull(id);
    await until(() => device.stats.http['POST'] === 2);
    await until(() => clock.pending === 2);
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    assert.deepEqual(states((await first).text), ['1']);
    const second = pull(id);
    await until(() => clock.pending === 2);
    clock.advance(20_000);
    const { status, text } = await second;
    assert.deepEqual([status, states(text)], [200, []]);
  });

  test('lets one pull wait at a time, and loses nothing to a client that is gone', async t => {
    const { device, clock, create, pull } = await start(t);
    const { id } = await create();
    const leaving = new AbortController();
    const left = pull(id, { signal: leaving.signal });
    await until(() => clock.pending === 2);
    assert.match((await pull(id)).text, /UnableToGetMessagesFault/);
    leaving.abort();
    await assert.rejects(left);
    await until(() => clock.pending === 1);
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    assert.deepEqual(states((await pull(id)).text), ['1']);
  });

  test('lets through what its filter names, by what the prefixes mean', async t => {
    const { device, create, pull } = await start(t);
    const { id } = await create('o:Device/x:IO//.|x:Storage/Alert');
    device.emit('tns1:VideoSource/MotionAlarm', { source: { Source: '0' }, data: { State: true } });
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    device.emit('tnsaxis:Storage/Alert', { source: { disk_id: 'a' }, data: { alert: true } });
    const { text } = await pull(id);
    assert.deepEqual(
      [...text.matchAll(/<wsnt:Topic [^>]*>([^<]*)</g)].map(([, topic]) => topic),
      [PORT, 'tnsaxis:Storage/Alert'],
    );
    assert.match((await create('undeclared:Device//.')).text, /InvalidFilterFault/);
  });

  test('says all states when it is synchronized', async t => {
    const { create, pull, synchronize } = await start(t);
    const { id } = await create('o:Device/x:IO/Port');
    assert.equal((await synchronize(id)).status, 200);
    const { text } = await pull(id);
    assert.deepEqual(states(text), ['0', '0']);
    assert.equal(text.match(/PropertyOperation="Initialized"/g)?.length, 2);
  });

  test('ends at its time, later by each pull and by a renewal, at once when it is unsubscribed', async t => {
    const { device, clock, create, pull, renew, unsubscribe } = await start(t);
    device.clockJump(3_600_000);
    const { id, text } = await create('', 'PT10S');
    assert.equal(time(text, 'TerminationTime') - time(text, 'CurrentTime'), 10_000);
    assert.equal(time(text, 'CurrentTime'), clock.now() + 3_600_000);
    device.burst(1);
    clock.advance(9_000);
    await pull(id);
    clock.advance(19_000);
    const renewed = await renew(id, new Date(clock.now() + 3_600_000 + 30_000).toISOString());
    assert.equal(time(renewed.text, 'TerminationTime') - time(renewed.text, 'CurrentTime'), 30_000);
    clock.advance(29_999);
    assert.equal(device.subscriptions, 1);
    clock.advance(1);
    assert.equal(device.subscriptions, 0);
    assert.match((await pull(id)).text, /ResourceUnknown/);
    const other = await create();
    await unsubscribe(other.id);
    assert.deepEqual([device.subscriptions, clock.pending], [0, 0]);
  });

  test('is dropped with its connection, and by a reboot', async t => {
    const { device, clock, create, pull } = await start(t);
    const first = pull((await create()).id);
    await until(() => clock.pending === 2);
    device.drop();
    await assert.rejects(first);
    await create();
    const rebooting = device.reboot({ downMs: 0 });
    await until(() => clock.pending === 1);
    clock.advance(1);
    await rebooting;
    assert.equal(device.subscriptions, 0);
  });

  test('gives a raw document as it is, and nothing while the device stalls', async t => {
    const { device, create, pull } = await start(t);
    const { id } = await create();
    device.burst(1);
    device.emitRaw('<a></b>');
    assert.deepEqual(states((await pull(id)).text), ['1']);
    assert.equal((await pull(id)).text, '<a></b>');
    device.stall();
    let answered = false;
    const waiting = pull(id).then(({ text }) => {
      answered = true;
      return text;
    });
    await until(() => device.stats.http['POST'] === 4);
    device.burst(1);
    await new Promise(resolve => setTimeout(resolve, 30));
    assert.equal(answered, false);
    device.resume();
    assert.deepEqual(states(await waiting), ['1']);
  });
});

describe('a fault', () => {
  test('is for a request without its header, of another name, that is not known, that is no XML', async t => {
    const { ask, pull } = await start(t);
    const none = await pull(undefined);
    assert.deepEqual([none.status, /ter:(\w+)/.exec(none.text)?.[1]], [400, 'InvalidArgs']);
    const other = await ask({ action: `${TEV}/EventPortType/SubscribeRequest`, body: '<e:PullMessages/>' });
    assert.match(other.text, /ActionMismatch/);
    assert.match((await ask({ action: 'a', body: '<e:GetMoon/>' })).text, /ActionNotSupported/);
    assert.match((await ask({ action: '<', body: '' })).text, /ter:WellFormed/);
  });

  test('is for more pull points, longer pulls and other renewals than there may be', async t => {
    const { create, pull, renew } = await start(t, {
      maxPullPoints: 1,
      maxTimeoutS: 5,
      renewals: 'absolute',
    });
    const { id } = await create();
    assert.match((await create()).text, /ter:MaxPullPoints/);
    assert.match((await pull(id)).text, /<tev:MaxTimeout>PT5S</);
    assert.match((await renew(id, 'PT60S')).text, /ActionNotSupported/);
  });
});

describe('the login', () => {
  const account = { username: 'onvif', password: 'other' };
  const GET_TIME = {
    action: 'http://www.onvif.org/ver10/device/wsdl/GetSystemDateAndTime',
    body: '<d:GetSystemDateAndTime/>',
  };

  const token = (now: number, { username, password } = account, nonce = randomBytes(16)) => {
    const created = `${new Date(now).toISOString().slice(0, 19)}Z`;
    const digest = createHash('sha1')
      .update(nonce)
      .update(created + password)
      .digest('base64');
    return (
      `<w:Security xmlns:w="${WSS}-wssecurity-secext-1.0.xsd" xmlns:u="${WSS}-wssecurity-utility-1.0.xsd"><w:UsernameToken>` +
      `<w:Username>${username}</w:Username><w:Password Type="${WSS}-username-token-profile-1.0#PasswordDigest">${digest}</w:Password>` +
      `<w:Nonce>${nonce.toString('base64')}</w:Nonce><u:Created>${created}</u:Created></w:UsernameToken></w:Security>`
    );
  };

  test('by HTTP is that of the ONVIF account alone', async t => {
    const { ask } = await start(t, account, { auth: {} });
    const { status, headers } = await ask(GET_TIME);
    assert.equal(status, 401);
    const challenge = headers.get('www-authenticate') ?? '';
    const as = (who: { username?: string; password?: string }, nc: string) =>
      ask({
        ...GET_TIME,
        authorization: authorize(challenge, { method: 'POST', uri: '/onvif/services', nc, ...who }),
      });
    assert.equal((await as({}, '00000001')).status, 401);
    assert.equal((await as(account, '00000002')).status, 200);
  });

  test('by token works once, near the device’s time', async t => {
    const { ask, device, clock } = await start(t, { ...account, login: 'token' });
    device.clockJump(-3_600_000);
    const now = clock.now() - 3_600_000;
    const said = async (header: string) => (await ask({ ...GET_TIME, header })).status;
    const right = token(now);
    assert.equal(await said(right), 200);
    assert.equal(await said(right), 400);
    assert.equal(await said(token(clock.now())), 400);
    assert.equal(await said(token(now, { ...account, password: 'pass' })), 400);
    assert.match((await ask(GET_TIME)).text, /ter:NotAuthorized/);
  });

  test('by token may come again where the device does not mind', async t => {
    const { ask, clock } = await start(t, { ...account, replayProtection: false });
    const header = token(clock.now() - 86_400_000);
    for (const _ of [1, 2]) assert.equal((await ask({ ...GET_TIME, header })).status, 200);
  });
});

describe('what clients of other makes ask first', () => {
  const DEVICE = 'http://www.onvif.org/ver10/device/wsdl';
  const MEDIA = 'http://www.onvif.org/ver10/media/wsdl';
  const asked: [uri: string, operation: string, answer: RegExp][] = [
    [
      DEVICE,
      'GetServices',
      /Namespace>http:\/\/www\.onvif\.org\/ver10\/events\/wsdl<.*XAddr>http:[^<]*\/onvif\/services</,
    ],
    [DEVICE, 'GetCapabilities', /<tt:Events><tt:XAddr>http:[^<]*\/onvif\/services</],
    [DEVICE, 'GetDeviceInformation', /Model>P3265-LVE<.*SerialNumber>ACCC8E000001</],
    [
      TEV,
      'GetEventProperties',
      /<tt:MessageDescription IsProperty="true"><tt:Source><tt:SimpleItemDescription Name="port"/,
    ],
    [MEDIA, 'GetVideoSources', /VideoSources token="0"/],
    [MEDIA, 'GetProfiles', /SourceToken>0<.*VideoEncoderConfiguration token=/],
  ];
  for (const [uri, operation, answer] of asked)
    test(`${operation} is answered at either path`, async t => {
      const { port } = await start(t);
      for (const path of ['/onvif/services', '/onvif/device_service']) {
        const response = await fetch(`http://127.0.0.1:${port}${path}`, {
          method: 'POST',
          body: `<s:Envelope ${NAMESPACES}><s:Body><${operation} xmlns="${uri}"/></s:Body></s:Envelope>`,
        });
        assert.equal(response.status, 200);
        assert.match(await response.text(), answer);
      }
    });

  test('a new pull point is told the states unasked', async t => {
    const { create, pull } = await start(t, { statesAtOnce: true });
    const { text } = await pull((await create()).id);
    assert.match(text, /PropertyOperation="Initialized"/);
  });
});
