import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Notification } from '../../../src/event.ts';
import { createAuthenticator } from '../../../src/protocol/digest.ts';
import { createRtspConnection } from '../../../src/sources/rtsp/connection.ts';
import { rtsp } from '../../../src/sources/rtsp/rtsp.ts';
import { eventStreamUrl } from '../../../src/sources/rtsp/url.ts';
import type { SourceContext } from '../../../src/sources/source.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { fail } from '../../../src/util/errors.ts';
import { createLog } from '../../../src/util/log.ts';
import { secret } from '../../../src/util/secret.ts';
import type { DeviceAddress } from '../../../src/vapix/address.ts';
import { createLogins } from '../../../src/vapix/logins.ts';
import { ends, listen as listenTo, until } from '../../support/listen.ts';
import {
  answerWith,
  CHALLENGE,
  deviceScript,
  metadataFrame,
  portDocument,
  scriptedAddress,
  serveScript,
} from '../../support/scripted-rtsp.ts';

/** Listens over RTSP. */
const listen = (
  t: TestContext,
  { address }: { address: DeviceAddress },
  changes: Partial<SourceContext> = {},
) => listenTo(t, { source: rtsp, address, ...changes });

const ports = (emitted: readonly Notification[]) => emitted.map(({ source }) => source[0]?.value);

describe('the dialogue', () => {
  test('logs in when asked to, sets the stream up and plays it', async t => {
    const server = await serveScript(t, deviceScript());
    const { opened } = listen(t, server);
    await until(() => opened.length === 1);
    const url = `rtsp://127.0.0.1:${server.address.rtspPort}/axis-media/media.amp?video=0&audio=0&event=on`;
    const track = url.replace('media.amp?', 'media.amp/stream=0?');
    assert.deepEqual(
      server.requests.map(request => [request.method, request.url, request.headers.has('authorization')]),
      [
        ['DESCRIBE', url, false],
        ['DESCRIBE', url, true],
        ['SETUP', track, true],
        ['PLAY', url, true],
      ],
    );
    for (const { url: target, headers } of server.requests.slice(1)) {
      assert.ok(headers.get('authorization')?.includes(`uri="${target}"`));
    }
    const [, , setup, play] = server.requests.map(({ headers }) => headers);
    assert.equal(setup?.get('transport'), 'RTP/AVP/TCP;unicast;interleaved=0-1');
    assert.equal(setup?.get('blocksize'), '64000');
    assert.equal(play?.get('session'), 'ghLlkf_I9pCBP24t');
    assert.deepEqual(opened, [{ realm: 'AXIS_ACCC8E012345', date: 'Sat, 12 Dec 2020 10:44:25 GMT' }]);
  });

  test('answers the challenge of PROTOCOLS 1.3 as a device computed it', async t => {
    const server = await serveScript(t, request => {
      const known = request.headers.has('authorization');
      return answerWith(request, known ? '200 OK' : '401 Unauthorized', known ? [] : [CHALLENGE]);
    });
    const socket = connect(server.address.rtspPort, '127.0.0.1');
    await once(socket, 'connect');
    t.after(() => socket.destroy());
    const authenticator = createAuthenticator({
      username: 'root',
      password: secret('pass'),
      allowBasic: false,
    });
    const ignore = () => undefined;
    const connection = createRtspConnection({
      socket,
      authenticator,
      logins: createLogins({ clock: systemClock }),
      clock: systemClock,
      log: createLog({ level: 'silent' }),
      who: 'it',
      onFrame: ignore,
      onBytes: ignore,
    });
    const url = 'rtsp://127.0.0.1/axis-media/media.amp?video=0&audio=0&event=on';
    for (const method of ['DESCRIBE', 'SETUP', 'PLAY'])
      await connection.request({ method, url, headers: {} });
    connection.destroy();
    const answers = server.requests
      .slice(1)
      .map(({ headers }) => /response="(\w+)"/.exec(headers.get('authorization') ?? '')?.[1]);
    assert.deepEqual(answers, [
      '909e6c215f6b0f350147a81ae3980018',
      '3c4d88afefd4ab931f6db658326d60c2',
      '1c882325f7733b0d48d177ee8a0e6b2a',
    ]);
  });

  test('asks for the wanted topics, and for everything where the device does not take the filter', async t => {
    const describe = (request: { url: string }) =>
      request.url.includes('eventtopic')
        ? answerWith(server.requests.at(-1) ?? assert.fail(), '400 Bad Request')
        : undefined;
    const plain = deviceScript();
    const filtered = deviceScript({ DESCRIBE: request => describe(request) ?? plain(request) });
    const server = await serveScript(t, filtered);
    const { opened } = listen(t, server, { include: ['tns1:Device/**'] });
    await until(() => opened.length === 1);
    assert.match(server.requests[0]?.url ?? '', /&event=on&eventtopic=onvif:Device\/\/\.$/);
    assert.match(server.requests.at(-1)?.url ?? '', /&event=on$/);
  });

  test('uses the channel that the device names, and the URL form for each host', async t => {
    const setup = (request: Parameters<typeof answerWith>[0]) =>
      answerWith(request, '200 OK', ['Transport: RTP/AVP/TCP;unicast;interleaved=4-5', 'Session: s']);
    const server = await serveScript(t, deviceScript({ SETUP: setup }));
    const { opened, emitted } = listen(t, server);
    await until(() => opened.length === 1);
    server.send(
      Buffer.concat([metadataFrame(portDocument('0')), metadataFrame(portDocument('4'), { channel: 4 })]),
    );
    await until(() => emitted.length === 1);
    assert.deepEqual(ports(emitted), ['4']);
    assert.equal(
      eventStreamUrl(scriptedAddress(554, { host: 'cam' }), []),
      'rtsp://cam/axis-media/media.amp?video=0&audio=0&event=on',
    );
    assert.match(
      eventStreamUrl(scriptedAddress(322, { host: '::1', https: true }), []),
      /^rtsps:\/\/\[::1\]:322\//,
    );
  });
});

describe('events', () => {
  test('come whole and in order, from one packet or several, in any split, with answers between them', async t => {
    const server = await serveScript(t, deviceScript());
    const { opened, emitted, counts, clock } = listen(t, server);
    await until(() => opened.length === 1);
    const long = portDocument('2');
    const frames = [
      metadataFrame(portDocument('1')),
      metadataFrame(long.slice(0, 300), { marker: false }),
      Buffer.from([0x24, 1, 0, 4, 0x80, 0xc8, 0, 0]),
      metadataFrame(long.slice(300)),
      metadataFrame(
        portDocument('3').replace(
          '</tt:Event>',
          `</tt:Event>${portDocument('4').match(/<tt:Event>.*<\/tt:Event>/)}`,
        ),
      ),
    ];
    for (const byte of Buffer.concat(frames)) server.send(Buffer.from([byte]));
    await clock.advance(10_000);
    await until(() => emitted.length === 4);
    assert.deepEqual(ports(emitted), ['1', '2', '3', '4']);
    assert.equal(counts.get('documents'), 3);
    assert.ok((counts.get('bytes') ?? 0) > 1000);
  });

  test('that come with the answer to PLAY wait until the stream is open', async t => {
    const play = (request: Parameters<typeof answerWith>[0]) =>
      answerWith(request, '200 OK') + metadataFrame(portDocument('7')).toString('latin1');
    const server = await serveScript(t, request => {
      const answer = deviceScript({ PLAY: play })(request);
      return answer === undefined ? undefined : Buffer.from(answer, 'latin1');
    });
    const { emitted } = listen(t, server);
    await until(() => emitted.length === 1);
    assert.deepEqual(ports(emitted), ['7']);
  });

  test('go on after a document that cannot be read and after a gap, which are counted', async t => {
    const server = await serveScript(t, deviceScript());
    const { opened, emitted, counts, unreadable } = listen(t, server);
    await until(() => opened.length === 1);
    for (let index = 0; index < 3; index++) server.send(metadataFrame('<tt:MetadataStream>'));
    server.send(metadataFrame(portDocument('1'), { skip: 3 }));
    server.send(metadataFrame(portDocument('2')));
    await until(() => emitted.length === 1);
    assert.deepEqual(ports(emitted), ['2']);
    assert.deepEqual(
      unreadable.map(({ reason, count }) => [reason.slice(0, 11), count]),
      [...Array(3).fill(['the XML is ', undefined]), ['RTP packets', undefined]],
    );
    assert.equal(counts.get('rtpGaps'), 1);
  });

  test('of which one notification is damaged give the others, and that one is told with its topic', async t => {
    const server = await serveScript(t, deviceScript());
    const { opened, emitted, unreadable } = listen(t, server);
    await until(() => opened.length === 1);
    const [before = '', after = ''] = portDocument('1').split(/<tt:Event>.*<\/tt:Event>/s);
    const event = (port: string) => /<tt:Event>.*<\/tt:Event>/s.exec(portDocument(port))?.[0] ?? '';
    for (const damage of ['</x>', '&', '<', '\x01']) {
      const second = event('2').replace('</tt:Data>', `${damage}</tt:Data>`);
      server.send(metadataFrame(before + event('1') + second + event('3') + after));
    }
    await until(() => emitted.length === 11);
    assert.deepEqual(ports(emitted), ['1', '3', '1', '2', '3', '1', '2', '3', '1', '2', '3']);
    assert.deepEqual(
      unreadable.map(({ topic, count }) => [topic, count]),
      [1, 0, 0, 0].map(count => ['tns1:Device/tnsaxis:IO/Port', count]),
    );
  });

  test('that are too large are lost alone: what is whole before is read, and the topic is named', async t => {
    const server = await serveScript(t, deviceScript());
    const { opened, emitted, unreadable } = listen(t, server);
    await until(() => opened.length === 1);
    const notification = (port: string, state?: string) =>
      /<wsnt:NotificationMessage.*<\/wsnt:NotificationMessage>/.exec(portDocument(port, state))?.[0] ?? '';
    const [head = '', tail = ''] = portDocument('1').split(notification('1'));
    const large = notification('9', 'x'.repeat(1_500_000)).replace('IO/Port', 'IO/Image');
    const text = head + notification('1') + large + tail;
    for (let at = 0; at < text.length; at += 60_000)
      server.send(metadataFrame(text.slice(at, at + 60_000), { marker: at + 60_000 >= text.length }));
    server.send(metadataFrame(portDocument('2')));
    await until(() => emitted.length === 2);
    assert.deepEqual(ports(emitted), ['1', '2']);
    assert.match(unreadable[0]?.reason ?? '', /more than 262144 bytes/);
    assert.deepEqual(
      unreadable.map(({ topic, count }) => [topic, count]),
      [
        [undefined, undefined],
        ['tns1:Device/tnsaxis:IO/Image', 1],
      ],
    );
  });

  test('that cannot be read by the thousand end the stream', async t => {
    const server = await serveScript(t, deviceScript());
    const { opened, done } = listen(t, server);
    await until(() => opened.length === 1);
    server.send(Buffer.concat(Array.from({ length: 1_001 }, () => metadataFrame('<tt:MetadataStream>'))));
    await ends(done, 'PROTOCOL', /more than 1000 messages/);
  });

  test('are read no faster than they are taken: 64 at once, and the rest once there is room', async t => {
    const server = await serveScript(t, deviceScript());
    const open: (() => void)[] = [];
    let most = 0;
    const { opened, counts } = listen(t, server, {
      emit: () =>
        new Promise(resolve => {
          open.push(resolve);
          most = Math.max(most, open.length);
        }),
    });
    await until(() => opened.length === 1);
    const total = 30_000;
    let sent = 0;
    const frame = () => metadataFrame(portDocument(String(sent++)));
    while (sent < total) server.send(frame());
    await until(() => open.length === 64);
    const read = () => counts.get('bytes') ?? 0;
    for (let before = -1; before !== read(); await setTimeout(200)) before = read();
    assert.ok(read() < 1_000_000, `${read()} bytes were read`);
    let taken = 0;
    while (taken < total) {
      for (const resolve of open.splice(0)) {
        resolve();
        taken++;
      }
      await setTimeout(0);
    }
    assert.equal(most, 64);
  });

  test('that cannot be kept end the stream with that error', async t => {
    const server = await serveScript(t, deviceScript());
    const { opened, done } = listen(t, server, { emit: () => Promise.reject(fail('STORE', 'disk full')) });
    await until(() => opened.length === 1);
    server.send(metadataFrame(portDocument('1')));
    await ends(done, 'STORE', /disk full/);
  });
});
