// Stopping devices, alone in its process: nothing stays open, whatever was going on.
import { once } from 'node:events';
import { get } from 'node:http';
import { test } from 'node:test';
import { defaultScenario } from '../../../src/simulator/scenario/story.ts';
import { createDevice, createFleet, runScenario } from '../../../src/simulator/simulator.ts';
import { becomes } from '../../support/eventually.ts';
import { openHandles } from '../../support/open-handles.ts';
import { connectRtsp, play } from './client.ts';

test('stop leaves nothing open in the middle of a stall, a reboot, an answer and a scenario', {
  timeout: 120_000,
}, async () => {
  const before = openHandles();
  const device = createDevice({ http: { delayMs: 60_000 }, oddities: { chunkBytes: 7 } });
  const { rtspPort, httpPort } = await device.start();
  const client = await connectRtsp(rtspPort);
  await play(client, { port: rtspPort });
  const request = get({ host: '127.0.0.1', port: httpPort, path: '/axis-cgi/systemready.cgi', agent: false });
  const gone = once(request, 'error');
  await client.until(() => device.stats.http['GET'] === 1);
  const ended = new AbortController();
  const scenario = runScenario(device, defaultScenario, { signal: ended.signal });
  device.burst(50);
  device.halfPacket();
  device.stall();
  const reboot = device.reboot({ downMs: 60_000 });
  ended.abort();
  await device.stop();
  await Promise.all([client.closed, gone, scenario, reboot]);
  await becomes('nothing more is open', openHandles, before);
});

test('stop of a fleet under load leaves nothing open', { timeout: 120_000 }, async () => {
  const before = openHandles();
  const fleet = createFleet({ count: 5 });
  const members = await fleet.start();
  const clients = await Promise.all(members.map(({ rtspPort }) => connectRtsp(rtspPort)));
  for (const [index, client] of clients.entries())
    await play(client, { port: members[index]?.rtspPort ?? 0 });
  const ended = new AbortController();
  const load = fleet.load({ ratePerSecond: 1000, signal: ended.signal });
  await clients[0]?.until(() => load.sent > 50);
  ended.abort();
  await load.done;
  await fleet.stop();
  await Promise.all(clients.map(client => client.closed));
  await becomes('nothing more is open', openHandles, before);
});
