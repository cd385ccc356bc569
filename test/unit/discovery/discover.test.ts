// Discovery over real UDP and HTTP on loopback.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type DiscoverOptions, discover } from '../../../src/discovery/discover.ts';
import { announce } from '../../../src/simulator/discovery/announce.ts';
import type { DeviceOptions } from '../../../src/simulator/options.ts';
import { createDevice } from '../../../src/simulator/simulator.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { need } from '../../support/need.ts';

const LOOPBACK = '127.0.0.1';
/** Nobody is there. */
const NOBODY = { group: LOOPBACK, port: 9 };

async function startDevice(t: TestContext, options: DeviceOptions = {}) {
  const device = createDevice(options);
  const ports = await device.start();
  t.after(() => device.stop());
  return { device, ...ports };
}

async function startAnnounced(t: TestContext, changes: Partial<Parameters<typeof announce>[0]> = {}) {
  const { device, httpPort } = await startDevice(t);
  const announcer = await announce({ serial: device.serial, model: 'P3265-LVE', httpPort, ...changes });
  t.after(announcer.stop);
  return { device, httpPort, announcer };
}

function find(changes: Partial<DiscoverOptions>) {
  return discover({
    ms: 1000,
    addresses: [],
    clock: systemClock,
    signal: new AbortController().signal,
    trouble: assert.fail,
    interfaces: [LOOPBACK],
    mdns: NOBODY,
    wsDiscovery: NOBODY,
    ...changes,
  });
}

/** A UDP socket that answers whatever comes with these datagrams. */
async function startLiar(t: TestContext, answers: (asked: Buffer) => Iterable<Buffer>) {
  const socket = createSocket('udp4').bind(0, LOOPBACK);
  await once(socket, 'listening');
  t.after(() => socket.close());
  socket.on('message', (packet, { port, address }) => {
    for (const answer of answers(packet)) socket.send(answer, port, address);
  });
  return { group: LOOPBACK, port: socket.address().port };
}

describe('mDNS', () => {
  test('finds a device with its serial number, port and name, then asks it for the rest', async t => {
    const { device, httpPort, announcer } = await startAnnounced(t);
    const [found, ...more] = await find({ mdns: { group: LOOPBACK, port: announcer.mdnsPort } });
    assert.deepEqual(more, []);
    assert.equal(found?.serial, device.serial);
    assert.deepEqual(found?.addresses, [LOOPBACK]);
    assert.equal(found?.port, httpPort);
    assert.equal(found?.name, 'AXIS P3265-LVE Network Camera');
    assert.equal(found?.firmware, '11.11.77');
    assert.deepEqual(found?.via, ['http', 'mdns']);
    assert.equal(device.stats.failedLogins, 0);
  });

  test('finds it by the multicast group too, and asks twice', async t => {
    const groups = { mdns: '224.0.0.251', wsDiscovery: '239.255.255.250' };
    const { device, announcer } = await startAnnounced(t, { groups, macScope: true });
    const found = await find({
      ms: 1200,
      mdns: { port: announcer.mdnsPort },
      wsDiscovery: { port: announcer.wsDiscoveryPort },
    });
    assert.deepEqual(
      found.map(({ serial, via }) => [serial, via]),
      [[device.serial, ['http', 'mdns', 'ws-discovery']]],
    );
    assert.deepEqual(announcer.asked, { mdns: 2, wsDiscovery: 2 });
  });

  test('a device that has no HTTP is known by what it announces', async t => {
    const announcer = await announce({ serial: 'ACCC8E0000AB', model: 'C1310-E', httpPort: 1 });
    t.after(announcer.stop);
    const [found] = await find({ mdns: { group: LOOPBACK, port: announcer.mdnsPort } });
    assert.equal(found?.serial, 'ACCC8E0000AB');
    assert.equal(found?.name, 'AXIS C1310-E - ACCC8E0000AB');
    assert.deepEqual(found?.via, ['mdns']);
  });

  test('garbage, cut packets and loops of compressed names are passed over', async t => {
    const loop = Buffer.from('000184000000000100000000c00c000c0001000000780002c00c', 'hex');
    const mdns = await startLiar(t, asked => [
      Buffer.alloc(0),
      Buffer.from('garbage'),
      loop,
      Buffer.concat([Buffer.from('0001840000010001ffffffff', 'hex'), asked.subarray(12)]),
      Buffer.alloc(20_000, 0xc0),
    ]);
    assert.deepEqual(await find({ mdns }), []);
  });
});

describe('WS-Discovery', () => {
  test('finds a device and merges it with what mDNS and HTTP say', async t => {
    const { device, announcer } = await startAnnounced(t);
    const [found, ...more] = await find({
      mdns: { group: LOOPBACK, port: announcer.mdnsPort },
      wsDiscovery: { group: LOOPBACK, port: announcer.wsDiscoveryPort },
    });
    assert.deepEqual(more, []);
    assert.equal(found?.serial, device.serial);
    assert.deepEqual(found?.via, ['http', 'mdns', 'ws-discovery']);
  });

  test('devices of other makes and documents that make no sense are passed over', async t => {
    const scopes = 'onvif://www.onvif.org/name/OTHER%20CAM onvif://www.onvif.org/hardware/X1';
    const match = `<ProbeMatch><Scopes>${scopes}</Scopes><XAddrs>http://127.0.0.1:1/</XAddrs></ProbeMatch>`;
    const envelope = (body: string) =>
      Buffer.from(
        `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>${body}</s:Body></s:Envelope>`,
      );
    const wsDiscovery = await startLiar(t, () => [
      envelope(`<ProbeMatches>${match}</ProbeMatches>`),
      envelope('<ProbeMatches><ProbeMatch/></ProbeMatches>'),
      Buffer.from('<!DOCTYPE x><x/>'),
      Buffer.from('<ProbeMatches>'),
    ]);
    assert.deepEqual(await find({ wsDiscovery }), []);
  });
});

describe('a range of addresses', () => {
  test('finds the devices in it without a login', async t => {
    const { device, httpPort } = await startDevice(t, { host: '127.1.9.2' });
    const addresses = ['127.1.9.1', '127.1.9.2', '127.1.9.3'];
    const found = await find({ ms: 0, addresses, port: httpPort });
    assert.deepEqual(
      found.map(({ serial, addresses, model }) => [serial, addresses, model]),
      [[device.serial, ['127.1.9.2'], 'P3265-LVE']],
    );
    assert.equal(device.stats.failedLogins, 0);
    assert.ok(device.stats.seen.every(line => !/authorization/i.test(JSON.stringify(line))));
  });

  test('knows a device that tells nothing without a login by its realm', async t => {
    const { device, httpPort } = await startDevice(t, { http: { anonymousInfo: false } });
    const [found] = await find({ ms: 0, addresses: [LOOPBACK], port: httpPort });
    assert.equal(found?.serial, device.serial);
  });

  test('knows an old device, which has no basicdeviceinfo, by its realm', async t => {
    const { device, httpPort } = await startDevice(t, { http: { omit: ['info'] } });
    const [found] = await find({ ms: 0, addresses: [LOOPBACK], port: httpPort });
    assert.equal(found?.serial, device.serial);
  });

  test('follows a device to its https and notes the certificate', need('openssl'), async t => {
    const { server } = makeCertificates(t);
    const { device, httpPort, httpsPort } = await startDevice(t, {
      tls: { key: server.key.text, cert: server.cert.text },
      http: { redirect: 'https' },
    });
    const [found] = await find({ ms: 0, addresses: [LOOPBACK], port: httpPort });
    assert.equal(found?.serial, device.serial);
    assert.equal(found?.https, true);
    assert.equal(found?.port, httpsPort);
    assert.equal(found?.fingerprint, server.fingerprint);
  });

  test('a stop ends the search with what was found so far', { timeout: 240_000 }, async t => {
    const { device, announcer } = await startAnnounced(t);
    const ending = new AbortController();
    const searching = find({
      ms: 3_600_000,
      signal: ending.signal,
      mdns: { group: LOOPBACK, port: announcer.mdnsPort },
    });
    await eventually('it was asked', () => announcer.asked.mdns > 0);
    // The answer is under way: turns of the event loop in which it is read.
    for (let turn = 0; turn < 20; turn++) await delay(5);
    ending.abort();
    const found = await searching;
    assert.deepEqual(
      found.map(({ serial }) => serial),
      [device.serial],
    );
  });
});

test('an interface that cannot be asked on is told of, and the others are asked', async t => {
  const { device, announcer } = await startAnnounced(t);
  const troubles: string[] = [];
  const [found] = await find({
    interfaces: ['192.0.2.77', LOOPBACK],
    trouble: text => void troubles.push(text),
    mdns: { group: LOOPBACK, port: announcer.mdnsPort },
  });
  assert.equal(found?.serial, device.serial);
  assert.ok(troubles.length > 0);
  assert.match(troubles[0] ?? '', /^192\.0\.2\.77: /);
});
