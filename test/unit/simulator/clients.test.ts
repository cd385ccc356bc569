// What clients of other people's making do with a device, and a device takes.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { createDevice } from '../../../src/simulator/device.ts';
import { becomes, eventually } from '../../support/eventually.ts';
import { openHandles } from '../../support/open-handles.ts';
import { authorize, type Client, connectRtsp, EVENTS, header, type Response } from './client.ts';

async function start(t: TestContext) {
  const device = createDevice({ serial: 'ACCC8E0A0B0C' });
  t.after(() => device.stop());
  const ports = await device.start();
  const session = `rtsp://127.0.0.1:${ports.rtspPort}${EVENTS}`;
  return { device, ports, session };
}

/** Asks with a digest of one URI, whatever the request is for, as Kane610/axis does. */
function askerFor(client: Client, uri: string) {
  return async (method: string, url: string, headers: Record<string, string> = {}): Promise<Response> => {
    const first = await client.ask(method, url, headers);
    const authorization = authorize(header(first, 'www-authenticate') ?? '', { method, uri });
    return first.status === 401
      ? client.ask(method, url, { ...headers, Authorization: authorization })
      : first;
  };
}

describe('RTSP', () => {
  test('a digest of the session’s URL is taken for a stream of it, one of another URL is not', async t => {
    const { ports, session } = await start(t);
    const client = await connectRtsp(ports.rtspPort);
    t.after(client.close);
    const ask = askerFor(client, session);
    const [path = '', query = ''] = session.split('?');
    const transport = { Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1' };
    assert.equal((await ask('SETUP', `${path}/stream=0?${query}`, transport)).status, 200);
    const other = askerFor(client, `${session}&more=1`);
    assert.equal((await other('SETUP', `${path}/stream=0?${query}`, transport)).status, 401);
  });

  test('events come by UDP to the ports that a client names, until the session ends', async t => {
    const { device, ports, session } = await start(t);
    const udp = createSocket('udp4').bind(0, '127.0.0.1');
    await once(udp, 'listening');
    const texts: string[] = [];
    udp.on('message', packet => texts.push(packet.subarray(12).toString('utf8')));
    const client = await connectRtsp(ports.rtspPort);
    const ask = askerFor(client, session);
    const [path = '', query = ''] = session.split('?');
    const { port } = udp.address();
    const setup = await ask('SETUP', `${path}/stream=0?${query}`, {
      Transport: `RTP/AVP;unicast;client_port=${port}-${port + 1}`,
    });
    assert.match(
      header(setup, 'transport') ?? '',
      new RegExp(`^RTP/AVP;unicast;client_port=${port}-${port + 1};server_port=\\d+-\\d+;ssrc=`),
    );
    const id = header(setup, 'session')?.split(';')[0] ?? '';
    assert.equal((await ask('PLAY', session, { Session: id })).status, 200);
    device.emit('tns1:Device/tnsaxis:IO/Port', { source: { port: 1 }, data: { state: true } });
    await eventually('the event', () => texts.join('').includes('tnsaxis:IO/Port'));
    assert.equal(client.packets.length, 0);
    client.close();
    udp.close();
    const open = () => openHandles().filter(name => /udp/i.test(name));
    await becomes('its sockets are closed', open, []);
  });
});

describe('HTTP', () => {
  test('param.cgi takes a form by POST, and tells the ports that the device has', async t => {
    const { ports } = await start(t);
    const ask = post(ports.httpPort);
    const text = await ask('/axis-cgi/param.cgi', 'action=list&group=root.Network.RTSP,root.System.BoaPort');
    assert.match(text, new RegExp(`^root\\.Network\\.RTSP\\.Port=${ports.rtspPort}$`, 'm'));
    assert.match(text, new RegExp(`^root\\.System\\.BoaPort=${ports.httpPort}$`, 'm'));
  });

  test('pwdgrp.cgi and usergroup.cgi tell the account', async t => {
    const { ports } = await start(t);
    const ask = post(ports.httpPort);
    assert.match(await ask('/axis-cgi/pwdgrp.cgi', 'action=get'), /^admin="root"\n[^x]*^digusers="root"$/m);
    assert.equal(await ask('/axis-cgi/usergroup.cgi', ''), 'root\nroot admin operator ptz viewer\n');
  });
});

/** Sends a form, with the login that is asked for. */
function post(port: number): (path: string, form: string) => Promise<string> {
  return async (path, form) => {
    const url = `http://127.0.0.1:${port}${path}`;
    const send = (authorization = '') =>
      fetch(url, {
        method: 'POST',
        body: form,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', authorization },
      });
    const challenge = (await send()).headers.get('www-authenticate') ?? '';
    const answer = await send(authorize(challenge, { method: 'POST', uri: path }));
    return answer.text();
  };
}
