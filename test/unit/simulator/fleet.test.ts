// Fleets and load: many devices in a process, and events at a rate that respects slow readers.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { createFleet } from '../../../src/simulator/fleet.ts';
import { freePort } from '../../support/free-port.ts';
import { type Client, connectRtsp, play } from './client.ts';

async function started(t: TestContext, count: number) {
  const fleet = createFleet({ count });
  const ended = new AbortController();
  t.after(async () => {
    ended.abort();
    await fleet.stop();
  });
  const members = await fleet.start();
  const clients: Client[] = [];
  for (const { rtspPort: port } of members) {
    const client = await connectRtsp(port);
    await play(client, { port });
    clients.push(client);
  }
  return { fleet, clients, signal: ended.signal };
}

/** The load events that a client got: number, and microseconds of their sending. */
function counted(client: Client): { count: number; sent: number }[] {
  return client.documents().flatMap(text => {
    const match = /Name="count" Value="(\d+)"\/><tt:SimpleItem Name="sent" Value="(\d*)"/.exec(text);
    return match ? [{ count: Number(match[1]), sent: Number(match[2]) }] : [];
  });
}

describe('a fleet', () => {
  test('has a serial number and ports for each device', async t => {
    const fleet = createFleet({ count: 3 });
    t.after(() => fleet.stop());
    const members = await fleet.start();
    assert.deepEqual(
      members.map(({ serial }) => serial),
      ['ACCC8E000001', 'ACCC8E000002', 'ACCC8E000003'],
    );
    assert.equal(new Set(members.flatMap(({ httpPort, rtspPort }) => [httpPort, rtspPort])).size, 6);
  });

  const linux = { skip: process.platform === 'linux' ? false : 'needs the loopback net of Linux' };
  test('can have an address for each device on the same ports', linux, async t => {
    const [httpPort, rtspPort] = [await freePort(), await freePort()];
    const fleet = createFleet({ count: 300, address: 'loopback', device: { httpPort, rtspPort } });
    t.after(() => fleet.stop());
    const members = await fleet.start();
    assert.equal(members[299]?.host, '127.1.1.50');
    const client = await connectRtsp(rtspPort, { host: '127.1.1.50' });
    await play(client, { port: rtspPort });
    assert.equal(fleet.devices[299]?.sessions, 1);
  });

  test('that cannot start leaves nothing open and says why', async t => {
    const first = createFleet({ count: 1 });
    t.after(() => first.stop());
    const [taken] = await first.start();
    const rtspPort = taken?.rtspPort ?? 0;
    const second = createFleet({ count: 3, device: { rtspPort: rtspPort - 1 } });
    await assert.rejects(second.start(), /EADDRINUSE/);
    await assert.rejects(connectRtsp(rtspPort - 1), { code: 'ECONNREFUSED' });
  });
});

describe('load', () => {
  test('spreads a rate over the devices, numbered from 1 and stamped', async t => {
    const { fleet, clients, signal } = await started(t, 4);
    const start = Date.now();
    const load = fleet.load({ ratePerSecond: 2000, signal });
    await clients[0]?.until(() => load.sent >= 400);
    assert.ok(Date.now() - start >= 150, 'not faster than the rate');
    for (const client of clients) {
      await client.until(() => counted(client).length >= 90);
      const events = counted(client);
      assert.deepEqual(
        events.map(({ count }) => count),
        events.map((_, index) => index + 1),
      );
      assert.ok(events.every(({ sent }) => Math.abs(sent / 1000 - Date.now()) < 60_000));
    }
  });

  test('sends states, and replays the last one', async t => {
    const { fleet, clients, signal } = await started(t, 1);
    const load = fleet.load({ ratePerSecond: 1000, kind: 'property', stamps: false, signal });
    await clients[0]?.until(() => load.sent >= 10);
    const port = clients[0]?.socket.remotePort ?? 0;
    const next = await connectRtsp(port);
    await play(next, { port });
    await next.until(() => counted(next).length > 0);
    assert.ok((counted(next)[0]?.count ?? 0) >= 10);
  });

  test('waits for a reader that lags, and goes on with the others', async t => {
    const { fleet, clients, signal } = await started(t, 2);
    const [slow, quick] = clients;
    slow?.socket.pause();
    const load = fleet.load({ saturate: true, signal });
    const written = (index: number) => fleet.devices[index]?.stats.notifications ?? 0;
    // What the sockets hold is full sooner or later: then one goes on and the other does not.
    for (let at = -1; at !== written(0); ) {
      at = written(0);
      const moving = written(1);
      await quick?.until(() => written(1) > moving + 1000);
    }
    assert.ok(load.sent > written(0));
    assert.equal(fleet.devices[0]?.stats.overruns, 0);
  });
});
