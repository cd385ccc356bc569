// The HTTP side of a device: APIs, strict logins, and the ways in which devices refuse.
import assert from 'node:assert/strict';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { describe, type TestContext, test } from 'node:test';
import { property, pulse } from '../../../src/simulator/catalogue.ts';
import { createDevice } from '../../../src/simulator/device.ts';
import type { DeviceOptions } from '../../../src/simulator/options.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { need } from '../../support/need.ts';
import { authorize, connectRtsp, manualClock, play } from './client.ts';

interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

interface Call {
  body?: unknown;
  method?: string;
  authorization?: string;
}

type Ask = (path: string, call?: Call) => Promise<Answer>;

function asker(port: number, tls = false): Ask {
  return (path, { body, method = body === undefined ? 'GET' : 'POST', authorization } = {}) =>
    new Promise((resolve, reject) => {
      const headers = authorization ? { authorization } : {};
      const options = {
        host: '127.0.0.1',
        port,
        path,
        method,
        headers,
        agent: false,
        rejectUnauthorized: false,
      };
      const sent = (tls ? tlsRequest : plainRequest)(options, response => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      });
      sent.on('error', reject);
      sent.end(typeof body === 'object' ? JSON.stringify(body) : body);
    });
}

async function start(t: TestContext, options: DeviceOptions = {}) {
  const device = createDevice({ serial: 'ACCC8E0A0B0C', ...options });
  t.after(() => device.stop());
  const ports = await device.start();
  return { device, ports, ask: asker(ports.httpPort) };
}

/** Asks, and asks again with the login that the 401 wants. */
async function login(ask: Ask, path: string, call: Call = {}): Promise<Answer> {
  const first = await ask(path, call);
  if (first.status !== 401) return first;
  const method = call.body === undefined ? 'GET' : 'POST';
  const authorization = authorize(String(first.headers['www-authenticate']), { method, uri: path });
  return ask(path, { ...call, authorization });
}

const ALL = { apiVersion: '1.0', context: 'c', method: 'getAllProperties' };
const INFO = '/axis-cgi/basicdeviceinfo.cgi';
const SOAP =
  '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>' +
  '<GetEventInstances xmlns="http://www.axis.com/vapix/ws/event1"/></s:Body></s:Envelope>';

describe('the HTTP side of a simulated device', () => {
  test('asks for Digest with qop, and answers the right one', async t => {
    const { ask, device } = await start(t);
    const refused = await ask(INFO, { body: ALL });
    assert.equal(refused.status, 401);
    assert.match(
      String(refused.headers['www-authenticate']),
      /^Digest realm="AXIS_ACCC8E0A0B0C", nonce="\w+", algorithm=MD5, qop="auth", stale=FALSE$/,
    );
    const answer = await login(ask, INFO, { body: ALL });
    assert.equal(answer.status, 200);
    const { context, method, data } = JSON.parse(answer.body);
    assert.deepEqual([context, method], ['c', 'getAllProperties']);
    assert.equal(data.propertyList.SerialNumber, 'ACCC8E0A0B0C');
    assert.equal(data.propertyList.Version, '11.11.77');
    assert.equal(device.stats.failedLogins, 0);
  });

  test('tells the unrestricted properties and its readiness to anybody', async t => {
    const { ask, device } = await start(t);
    const info = await ask(INFO, { body: { ...ALL, method: 'getAllUnrestrictedProperties' } });
    assert.equal(JSON.parse(info.body).data.propertyList.SerialNumber, 'ACCC8E0A0B0C');
    const ready = await ask('/axis-cgi/systemready.cgi', {
      body: { apiVersion: '1.1', method: 'systemready' },
    });
    assert.equal(JSON.parse(ready.body).data.bootid, device.bootId);
    const shy = await start(t, { http: { anonymousInfo: false } });
    const refused = await shy.ask(INFO, { body: { ...ALL, method: 'getAllUnrestrictedProperties' } });
    assert.equal(refused.status, 401);
  });

  test('declares its topics by GetEventInstances, with about 60 namespaces on the root', async t => {
    const { ask } = await start(t);
    const { status, body } = await login(ask, '/vapix/services', { body: SOAP });
    assert.equal(status, 200);
    const root = /<SOAP-ENV:Envelope [^>]*>/.exec(body)?.[0] ?? '';
    assert.ok((root.match(/xmlns:/g)?.length ?? 0) >= 55);
    assert.match(
      body,
      /<tnsaxis:IO aev:NiceName="IO"><Port wstop:topic="true" aev:NiceName="Digital input port"><aev:MessageInstance aev:isProperty="true">/,
    );
    assert.match(body, /Type="xsd:int" Name="port"><aev:Value>1<\/aev:Value><aev:Value>2<\/aev:Value>/);
    assert.match(body, /isPropertyState="true" aev:NiceName="alert" Type="xsd:boolean" Name="alert"\/>/);
    assert.doesNotMatch(/<ALPV\.AllPlates.*?MessageInstance[^>]*>/.exec(body)?.[0] ?? '', /isProperty/);
  });

  test('a topic in a namespace of its own keeps its prefix, one without stays bare', async t => {
    const { ask } = await start(t);
    const { body } = await login(ask, '/vapix/services', { body: SOAP });
    assert.match(body, /<tns1:Device [^>]*><tnsaxis:IO /);
    assert.match(body, /<Trigger [^>]*><Relay wstop:topic="true"/);
  });

  test('declares the topics that it is given, one below another too', async t => {
    const topics = [
      property('tns1:Device/tnsaxis:Own', 'Own "topic"', { data: { on: 'xsd:boolean*' } }, []),
      pulse('tns1:Device/tnsaxis:Own/Below', 'Below', { source: { id: 'xsd:int' } }),
    ];
    const { ask } = await start(t, { topics });
    const { body } = await login(ask, '/vapix/services', { body: SOAP });
    const own = '<tnsaxis:Own wstop:topic="true" aev:NiceName="Own &quot;topic&quot;"><aev:MessageInstance';
    assert.ok(body.includes(own));
    assert.match(body, /<\/aev:MessageInstance><Below wstop:topic="true" aev:NiceName="Below">/);
  });

  test('lists parameters by group, with and without root', async t => {
    const { ask } = await start(t);
    const group = encodeURIComponent('Properties.System,root.Brand.ProdNbr,Nothing');
    const { body } = await login(ask, `/axis-cgi/param.cgi?action=list&group=${group}`);
    assert.match(body, /^root\.Properties\.System\.SerialNumber=ACCC8E0A0B0C$/m);
    assert.match(body, /^root\.Brand\.ProdNbr=P3265-LVE$/m);
    assert.match(body, /^# Error: .*'Nothing'$/m);
    const mac = await login(ask, '/axis-cgi/param.cgi?action=list&group=Network.eth0');
    assert.equal(mac.body.trim(), 'root.Network.eth0.MACAddress=AC:CC:8E:0A:0B:0C');
  });

  const ERRORS: [string, Call, number][] = [
    ['bad JSON', { body: '{' }, 4000],
    ['an unknown method', { body: { method: 'constructor' } }, 2004],
    ['GET', { method: 'GET' }, 2002],
  ];
  for (const [name, call, code] of ERRORS) {
    test(`answers ${name} with 200 and error ${code}`, async t => {
      const { ask } = await start(t);
      const answer = await ask('/axis-cgi/systemready.cgi', call);
      assert.equal(answer.status, 200);
      assert.equal(JSON.parse(answer.body).error.code, code);
    });
  }

  test('tells its APIs without those that it lacks, which answer 404', async t => {
    const { ask } = await start(t, { http: { omit: ['time', 'info'] } });
    const list = await login(ask, '/axis-cgi/apidiscovery.cgi', { body: { method: 'getApiList' } });
    const ids = JSON.parse(list.body).data.apiList.map(({ id }: { id: string }) => id);
    assert.ok(
      ['api-discovery', 'param-cgi', 'systemready'].every(id => ids.includes(id)),
      ids,
    );
    assert.ok(!ids.includes('time-service') && !ids.includes('basic-device-info'), ids);
    assert.equal((await ask(INFO, { body: ALL })).status, 404);
    assert.equal((await ask('/elsewhere')).status, 404);
  });

  test('its time and Date are those of the device', async t => {
    const { ask, device } = await start(t, { clock: manualClock(Date.UTC(2026, 0, 1)) });
    device.clockJump(3_600_000);
    const answer = await login(ask, '/axis-cgi/time.cgi', { body: { method: 'getDateTimeInfo' } });
    assert.equal(JSON.parse(answer.body).data.dateTime, '2026-01-01T01:00:00Z');
    assert.equal(answer.headers['date'], 'Thu, 01 Jan 2026 01:00:00 GMT');
  });

  test('refuses its declarations alone, or everything for a while, when told to', async t => {
    const { ask, device } = await start(t, { http: { refuseDeclarations: true } });
    assert.equal((await login(ask, '/vapix/services', { body: SOAP })).status, 401);
    assert.equal((await login(ask, INFO, { body: ALL })).status, 200);
    device.refuseHttp(503, { count: 1, retryAfter: 3 });
    const busy = await ask(INFO);
    assert.deepEqual([busy.status, busy.headers['retry-after']], [503, '3']);
    assert.equal((await ask(INFO)).status, 401);
  });

  test('redirects, waits, pads and leaves out what old firmware leaves out', async t => {
    const moved = await start(t, { http: { redirect: 'http://192.0.2.1' } });
    const answer = await moved.ask(`${INFO}?x=1`);
    assert.deepEqual([answer.status, answer.headers['location']], [302, `http://192.0.2.1${INFO}?x=1`]);
    const old = await start(t, { http: { padBytes: 1000, bareAnswers: true, bootId: false } });
    const ready = await old.ask('/axis-cgi/systemready.cgi', { body: { method: 'systemready' } });
    assert.ok(ready.body.length > 1000);
    assert.deepEqual(JSON.parse(ready.body), {
      apiVersion: '1.4',
      data: { systemready: 'yes', needsetup: 'no' },
    });
  });

  test('a stall holds back answers', async t => {
    const { ask, device } = await start(t);
    device.stall();
    let answered = false;
    const answer = ask(INFO).then(() => {
      answered = true;
    });
    while (device.stats.http['GET'] !== 1) await new Promise(resolve => setTimeout(resolve, 5));
    await new Promise(resolve => setTimeout(resolve, 30));
    assert.equal(answered, false);
    device.resume();
    await answer;
  });
});

test('with a certificate it also answers https with Basic, and rtsps', need('openssl'), async t => {
  const { key, cert } = makeCertificates(t).server;
  const { device, ports, ask } = await start(t, {
    tls: { key: key.text, cert: cert.text },
    http: { redirect: 'https' },
  });
  const moved = await ask(INFO);
  assert.equal(moved.headers['location'], `https://127.0.0.1:${ports.httpsPort}${INFO}`);
  const secure = asker(ports.httpsPort ?? 0, true);
  const refused = await secure(INFO, { body: ALL });
  assert.equal(refused.headers['www-authenticate'], 'Basic realm="AXIS_ACCC8E0A0B0C"');
  const authorization = `Basic ${Buffer.from('root:pass').toString('base64')}`;
  assert.equal((await secure(INFO, { body: ALL, authorization })).status, 200);
  const port = ports.rtspsPort ?? 0;
  const client = await connectRtsp(port, { tls: true });
  await play(client, { port, scheme: 'rtsps' });
  await client.until(() => client.documents().length === 13);
  await device.stop();
  await client.closed;
});
