// What a simulated device says when it has done something, and what its stop leaves of that.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createDevice } from '../../../src/simulator/device.ts';
import type { DeviceOptions } from '../../../src/simulator/options.ts';
import { connectRtsp, manualClock, play } from './client.ts';

/** A device without a login over HTTP, whose events are heard. */
async function start(t: TestContext, options: DeviceOptions = {}) {
  const device = createDevice({ auth: { http: { schemes: [] } }, ...options });
  t.after(() => device.stop());
  const { httpPort, rtspPort } = await device.start();
  const client = await connectRtsp(rtspPort);
  t.after(() => client.close());
  await play(client, { port: rtspPort });
  const url = (path: string) => `http://127.0.0.1:${httpPort}/axis-cgi/${path}`;
  return {
    device,
    get: async (path: string) => (await fetch(url(path))).text(),
    post: async (path: string, method: string, params: object) => {
      const body = JSON.stringify({ apiVersion: '1.0', context: 'c', method, params });
      return (await fetch(url(path), { method: 'POST', body })).json() as Promise<{ error?: object }>;
    },
    /** Waits for a change of that topic that tells that value. */
    heard: (topic: string, item: string) =>
      client.until(() =>
        client
          .documents()
          .some(text => text.includes(topic) && text.includes('"Changed"') && text.includes(item)),
      ),
  };
}

const item = (name: string, value: string) => `Name="${name}" Value="${value}"`;

test('an output says that it changed, as a port and as a relay', async t => {
  const { post, heard } = await start(t);
  await post('io/portmanagement.cgi', 'setPorts', { ports: [{ port: '2', state: 'closed' }] });
  await heard('tns1:Device/Trigger/Relay', item('LogicalState', 'active'));
  await post('io/portmanagement.cgi', 'setPorts', { ports: [{ port: '2', state: 'open' }] });
  await heard('tns1:Device/tnsaxis:IO/Port', item('port', '3'));
});

test('a virtual input says that it changed, once', async t => {
  const { device, get, heard } = await start(t);
  const path = 'virtualinput/activate.cgi?schemaversion=1&port=1';
  assert.match(await get(path), /<StateChanged>true</);
  await heard('tns1:Device/tnsaxis:IO/VirtualInput', item('active', '1'));
  const before = device.stats.notifications;
  assert.match(await get(path), /<StateChanged>false</);
  assert.equal(device.stats.notifications, before);
  assert.match(await get('virtualinput/activate.cgi?schemaversion=1&port=99'), /<ErrorCode>20</);
});

test('recordings say when the first begins and the last ends', async t => {
  const { get, heard } = await start(t);
  const id = /recordingid="([^"]+)" result="OK"/.exec(await get('record/record.cgi?diskid=SD_DISK'))?.[1];
  assert.ok(id);
  await heard('tnsaxis:Storage/Recording', item('recording', '1'));
  assert.match(await get(`record/stop.cgi?recordingid=${id}`), /result="OK"/);
  await heard('tnsaxis:Storage/Recording', item('recording', '0'));
  assert.match(await get(`record/stop.cgi?recordingid=${id}`), /result="ERROR"/);
});

test('a light says how it is', async t => {
  const { post, heard } = await start(t);
  await post('lightcontrol.cgi', 'activateLight', { lightID: 'led0' });
  await heard('tns1:Device/tnsaxis:Light/Status', item('state', 'ON'));
  assert.ok((await post('lightcontrol.cgi', 'activateLight', { lightID: 'led9' })).error);
});

test('a sequence goes on by the clock of the device, and no further than its stop', async t => {
  const clock = manualClock();
  const { device, get } = await start(t, { clock });
  const pending = clock.pending;
  assert.equal(await get(`io/port.cgi?action=${encodeURIComponent('3:/300\\200/')}`), '');
  assert.equal(device.counted.ports[2]?.closed, true);
  clock.advance(300);
  assert.equal(device.counted.ports[2]?.closed, false);
  assert.equal(clock.pending, pending + 1);
  await device.stop();
  assert.ok(clock.pending <= pending);
  assert.equal(device.acted.length, 2);
});
