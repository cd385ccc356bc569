// The oddities of devices, each seen from the wire.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { createDevice } from '../../../src/simulator/device.ts';
import type { DeviceOptions, Oddities } from '../../../src/simulator/options.ts';
import { type Client, connectRtsp, EVENTS, header, headers, play } from './client.ts';

const PORT = 'tns1:Device/tnsaxis:IO/Port';
const DOCUMENTS = 13;

async function stream(t: TestContext, options: DeviceOptions) {
  const device = createDevice(options);
  t.after(() => device.stop());
  const { rtspPort: port } = await device.start();
  const client = await connectRtsp(port);
  t.after(() => client.close());
  const session = await play(client, { port });
  return { device, client, session, url: `rtsp://127.0.0.1:${port}${EVENTS}` };
}

async function replay(t: TestContext, oddities: Oddities): Promise<Client> {
  const { client } = await stream(t, { oddities });
  await client.until(() => client.documents().length === DOCUMENTS);
  return client;
}

async function challenge(t: TestContext, rtsp: NonNullable<DeviceOptions['auth']>['rtsp']) {
  const device = createDevice({ auth: { rtsp: rtsp ?? {} } });
  t.after(() => device.stop());
  const { rtspPort: port } = await device.start();
  const client = await connectRtsp(port);
  t.after(() => client.close());
  return client.ask('DESCRIBE', `rtsp://127.0.0.1:${port}${EVENTS}`);
}

function rtp(client: Client): Buffer[] {
  return client.packets.map(({ bytes }) => bytes).filter(bytes => ((bytes[1] ?? 0) & 0x7f) === 98);
}

describe('oddities of the packets', () => {
  const WHOLE: Oddities[] = [
    { csrc: 2 },
    { extension: true },
    { padding: true },
    { csrc: 15, extension: true, padding: true, packetsPerDocument: 3 },
    { chunkBytes: 1 },
    { channels: [6, 7] },
    { relativeControl: true, noSessionControl: true },
    { video: true },
  ];
  for (const oddities of WHOLE) {
    test(`${JSON.stringify(oddities)} leaves the documents whole`, async t => {
      const client = await replay(t, oddities);
      assert.ok(
        client.documents().every(text => text.startsWith('<?xml') && text.endsWith('</tt:MetadataStream>\n')),
      );
    });
  }

  test('chunkBytes cuts what a reader sees', async t => {
    const client = await replay(t, { chunkBytes: 3 });
    const small = client.reads.filter(size => size <= 9).length;
    assert.ok(small > client.reads.length / 2, `${small} small reads of ${client.reads.length}`);
  });

  test('channels are the echoed ones', async t => {
    const client = await replay(t, { channels: [6, 7] });
    assert.ok(client.packets.every(({ channel }) => channel === 6));
  });

  test('packetsPerDocument marks only the last packet', async t => {
    const client = await replay(t, { packetsPerDocument: 4 });
    const marks = rtp(client).map(bytes => (bytes[1] ?? 0) >> 7);
    assert.equal(marks.length, DOCUMENTS * 4);
    assert.ok(marks.every((mark, index) => mark === Number(index % 4 === 3)));
  });

  test('packets count up by one, and leave one out where they are told to', async t => {
    const steps = (client: Client) => {
      const numbers = rtp(client).map(bytes => bytes.readUInt16BE(2));
      return numbers.slice(1).map((number, index) => (number - (numbers[index] ?? 0)) & 0xffff);
    };
    assert.ok(steps(await replay(t, {})).every(step => step === 1));
    const gaps = steps(await replay(t, { sequenceGapEvery: 3 }));
    assert.deepEqual(gaps.slice(0, 6), [1, 1, 2, 1, 1, 2]);
  });

  test('a document longer than a packet is split, at the Blocksize that was asked for', async t => {
    const { device, client } = await stream(t, {});
    await client.until(() => client.documents().length === DOCUMENTS);
    const before = rtp(client).length;
    device.emit('tnsaxis:Big', { data: { text: 'ö'.repeat(5000) } });
    await client.until(() => client.documents().length === DOCUMENTS + 1);
    assert.equal(rtp(client).length - before, 8);
    assert.ok(client.documents().at(-1)?.includes('ö'.repeat(5000)));
  });

  test('sender reports come on the odd channel', async t => {
    const client = await replay(t, { senderReportEvery: 5 });
    const reports = client.packets.filter(({ channel }) => channel === 1);
    assert.equal(reports.length, 2);
    assert.deepEqual([...(reports[0]?.bytes.subarray(0, 4) ?? [])], [0x80, 200, 0, 6]);
  });

  test('an answer comes between two packets of one document', async t => {
    const { client, session, url } = await stream(t, { oddities: { answerMidDocument: true } });
    await client.until(() => client.documents().length === DOCUMENTS);
    const answer = await client.ask('OPTIONS', url, { Session: session });
    await client.until(() => client.documents().length === DOCUMENTS + 1);
    assert.equal((client.packets[answer.framesBefore - 1]?.bytes[1] ?? 0) >> 7, 0);
    assert.equal((client.packets[answer.framesBefore]?.bytes[1] ?? 0) >> 7, 1);
  });
});

describe('oddities of the documents', () => {
  test('several messages share a document, each with its event block or all in one', async t => {
    const { client } = await stream(t, { oddities: { messagesPerDocument: 5 } });
    await client.until(() => client.documents().length === 4);
    const [, first = '', , third = ''] = client.documents();
    assert.equal(first.match(/<tt:Event>/g)?.length, 5);
    assert.equal(third.match(/<tt:Event>/g)?.length, 2);
    const other = await stream(t, { oddities: { messagesPerDocument: 5, oneEventBlock: true } });
    await other.client.until(() => other.client.documents().length === 4);
    assert.equal(other.client.documents()[1]?.match(/<tt:Event>/g)?.length, 1);
    assert.equal(other.client.documents()[1]?.match(/<wsnt:NotificationMessage /g)?.length, 5);
  });

  test('strange prefixes are declared, and the topic uses them', async t => {
    const { device, client } = await stream(t, { oddities: { strangePrefixes: true, newlines: true } });
    device.emit(PORT, { source: { port: 1 }, data: { state: true } });
    await client.until(() => client.documents().length === DOCUMENTS + 1);
    const text = client.documents().at(-1) ?? '';
    assert.match(text, /xmlns:onvif="http:\/\/www\.onvif\.org\/ver10\/topics"/);
    assert.match(text, />onvif:Device\/ax_is:IO\/Port</);
    assert.doesNotMatch(text, /tns1|tnsaxis|></);
  });

  test('replayed states can bear the time of their change', async t => {
    const { device, client } = await stream(t, { oddities: { replayOldTimes: true, noEmptyDocument: true } });
    const time = '2020-01-01T00:00:00.000001Z';
    device.emit(PORT, { source: { port: 1 }, data: { state: true } }, { time });
    await client.until(() => client.documents().at(-1)?.includes(time) === true);
    const [rtspPort] = [Number(client.socket.remotePort)];
    const next = await connectRtsp(rtspPort);
    t.after(() => next.close());
    await play(next, { port: rtspPort });
    await next.until(() => next.documents().length === DOCUMENTS - 1);
    assert.ok(next.documents().some(text => text.includes(`"${time}" PropertyOperation="Initialized"`)));
  });
});

describe('oddities of the challenge', () => {
  test('two schemes come in two headers, or in one', async t => {
    const two = await challenge(t, { schemes: ['digest', 'basic'] });
    assert.equal(headers(two, 'www-authenticate').length, 2);
    const one = await challenge(t, { schemes: ['basic', 'digest'], oneHeader: true });
    assert.match(header(one, 'www-authenticate') ?? '', /^Basic realm="[^"]+", Digest realm=/);
  });

  test('a folded header goes on in the next line', async t => {
    const folded = await challenge(t, { folded: true, qop: true });
    assert.match(header(folded, 'www-authenticate') ?? '', /realm="AXIS_ACCC8E000001",\r\n {2}nonce=/);
  });

  test('a nonce goes stale, and OPTIONS asks for a login, where they are told to', async t => {
    const device = createDevice({ auth: { rtsp: { nonceUses: 1 } }, oddities: { optionsNeedLogin: true } });
    t.after(() => device.stop());
    const { rtspPort: port } = await device.start();
    const client = await connectRtsp(port);
    t.after(() => client.close());
    assert.equal((await client.ask('OPTIONS', `rtsp://127.0.0.1:${port}${EVENTS}`)).status, 401);
    await play(client, { port });
    assert.equal(device.stats.failedLogins, 0);
  });
});
