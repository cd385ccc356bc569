// What is said over the WebSocket: filters, answers, events.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Notification } from '../../../src/event.ts';
import { type ErrorCode, fail } from '../../../src/util/errors.ts';
import { ends, until } from '../../support/listen.ts';
import {
  acknowledgement,
  deviceReply,
  type Frame,
  frame,
  httpAnswer,
  login,
  PING,
  PONG,
  portMessage,
  refusal,
  type ScriptedWebSocket,
  serveWebSocket,
  TEXT,
  type UpgradeRequest,
  upgradeAnswer,
} from '../../support/scripted-websocket.ts';
import { listen } from './websocket-helper.ts';

const ports = (emitted: readonly Notification[]) => emitted.map(({ source }) => source[0]?.value);

/** The topic filters of each request of the client. */
const asked = ({ frames }: ScriptedWebSocket): string[][] =>
  frames
    .filter(({ opcode }) => opcode === TEXT)
    .map(({ payload }) => JSON.parse(payload.toString()).params.eventFilterList)
    .map(list => list.map(({ topicFilter }: { topicFilter: string }) => topicFilter));

/** Replies to requests with these texts in turn, the last one for all that follow. */
function replies(...texts: string[]) {
  let count = 0;
  return (received: Frame) =>
    received.opcode === TEXT
      ? frame(texts[Math.min(count++, texts.length - 1)] ?? '')
      : deviceReply(received);
}

describe('the dialogue', () => {
  test('logs in when asked to, asks for everything, and is open once the device does it', async t => {
    const server = await serveWebSocket(t);
    const { opened } = listen(t, server);
    await until(() => opened.length === 1);
    const path = '/vapix/ws-data-stream?sources=events';
    assert.deepEqual(
      server.requests.map(({ target, headers }) => [target, headers.has('authorization')]),
      [
        [path, false],
        [path, true],
      ],
    );
    assert.ok(server.requests[1]?.headers.get('authorization')?.includes(`uri="${path}"`));
    assert.equal(server.requests[1]?.headers.has('sec-websocket-extensions'), false);
    assert.deepEqual(asked(server), [['//.']]);
    assert.deepEqual(JSON.parse(String(server.frames[0]?.payload)), {
      apiVersion: '1.0',
      context: 'axis2mqtt',
      method: 'events:configure',
      params: { eventFilterList: [{ topicFilter: '//.' }] },
    });
    assert.deepEqual(opened, [{ realm: 'AXIS_ACCC8E012345', date: 'Sat, 12 Dec 2020 10:44:25 GMT' }]);
    await until(() => server.connections() === 1);
  });

  test('asks for the wanted topics by one filter, whatever they are', async t => {
    const server = await serveWebSocket(t);
    const { opened } = listen(t, server, { include: ['tns1:Device/**', 'tnsaxis:Storage/Alert'] });
    await until(() => opened.length === 1);
    assert.deepEqual(asked(server), [['tns1:Device//.|tnsaxis:Storage/Alert']]);
  });
});

describe('a device that refuses a filter', () => {
  const include = ['tns1:Device/**'];
  const wanted = ['tns1:Device//.'];
  const declarations =
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><GetEventInstancesResponse>' +
    '<t:TopicSet xmlns:t="http://docs.oasis-open.org/wsn/t-1" xmlns:tns1="http://www.onvif.org/ver10/topics" ' +
    'xmlns:tnsaxis="http://www.axis.com/2009/event/topics"><tns1:Device><A t:topic="true"/><B t:topic="true"/>' +
    '</tns1:Device><tnsaxis:Storage><Alert t:topic="true"/></tnsaxis:Storage></t:TopicSet>' +
    '</GetEventInstancesResponse></s:Body></s:Envelope>';
  const declaring = (request: UpgradeRequest) =>
    request.target === '/vapix/services' ? httpAnswer('200 OK', [], declarations) : login(request);

  test('is asked for everything', async t => {
    const server = await serveWebSocket(t, { reply: replies(refusal(2104), acknowledgement()) });
    const { opened } = listen(t, server, { include });
    await until(() => opened.length === 1);
    assert.deepEqual(asked(server), [wanted, ['//.']]);
  });

  test('is asked for all that it declares, in one filter, so that nothing comes twice', async t => {
    const reply = replies(refusal(2104), refusal(2104), acknowledgement());
    const server = await serveWebSocket(t, { answer: declaring, reply });
    const { opened } = listen(t, server, { include });
    await until(() => opened.length === 1);
    assert.deepEqual(asked(server), [wanted, ['//.'], ['tns1:Device//.|tnsaxis:Storage//.']]);
  });

  test('is asked by a filter for each root at last', async t => {
    const reply = replies(refusal(2104), refusal(2104), acknowledgement());
    const server = await serveWebSocket(t, { answer: declaring, reply });
    const { opened } = listen(t, server);
    await until(() => opened.length === 1);
    assert.deepEqual(asked(server), [
      ['//.'],
      ['tns1:Device//.|tnsaxis:Storage//.'],
      ['tns1:Device//.', 'tnsaxis:Storage//.'],
    ]);
  });

  test('and all others, or tells no declarations, is REFUSED with its reason', async t => {
    const never = replies(refusal(2104));
    await ends(
      listen(t, await serveWebSocket(t, { answer: declaring, reply: never })).done,
      'REFUSED',
      /2104/,
    );
    const silent = (request: UpgradeRequest) =>
      request.target === '/vapix/services' ? httpAnswer('404 Not Found') : login(request);
    await ends(listen(t, await serveWebSocket(t, { answer: silent, reply: never })).done, 'REFUSED', /2104/);
  });

  const codes: [code: number, meaning: ErrorCode][] = [
    [1100, 'REFUSED'],
    [2100, 'UNSUPPORTED'],
    [2101, 'PROTOCOL'],
    [2102, 'UNSUPPORTED'],
    [2105, 'FORBIDDEN'],
    [2106, 'AUTH'],
    [9999, 'REFUSED'],
  ];
  for (const [code, meaning] of codes) {
    test(`with error ${code} is ${meaning}`, async t => {
      const server = await serveWebSocket(t, { reply: replies(refusal(code)) });
      await ends(listen(t, server, { include }).done, meaning, new RegExp(String(code)));
      assert.equal(asked(server).length, meaning === 'REFUSED' ? 2 : 1);
    });
  }
});

describe('events', () => {
  test('come whole and in order, in any split, from one frame or several, with pings between them', async t => {
    const server = await serveWebSocket(t);
    const { opened, emitted, counts } = listen(t, server);
    await until(() => opened.length === 1);
    const long = portMessage('2', 'x'.repeat(300));
    const frames = [
      frame(portMessage('1')),
      frame(long.slice(0, 100), TEXT, false),
      frame('are you there', PING),
      frame(long.slice(100), 0),
      frame(portMessage('3'), 2),
    ];
    for (const byte of Buffer.concat(frames)) server.send(Buffer.from([byte]));
    await until(() => emitted.length === 3);
    assert.deepEqual(ports(emitted), ['1', '2', '3']);
    assert.deepEqual(emitted[0], {
      topic: 'tns1:Device/tnsaxis:IO/Port',
      time: '2026-11-22T08:00:00.123Z',
      source: [{ name: 'port', value: '1' }],
      key: [],
      data: [{ name: 'state', value: '1' }],
    });
    assert.ok((counts.get('bytes') ?? 0) >= Buffer.concat(frames).length);
    await until(() => server.frames.some(({ opcode }) => opcode === PONG));
    const pong = server.frames.find(({ opcode }) => opcode === PONG);
    assert.equal(String(pong?.payload), 'are you there');
  });

  test('that come before the device says that it does wait until the stream is open', async t => {
    const server = await serveWebSocket(t, {
      reply: received =>
        received.opcode === TEXT
          ? Buffer.concat([frame(portMessage('7')), frame(acknowledgement()), frame(portMessage('8'))])
          : deviceReply(received),
    });
    const { emitted } = listen(t, server);
    await until(() => emitted.length === 2);
    assert.deepEqual(ports(emitted), ['7', '8']);
  });

  test('that come in one write with the upgrade are kept too', async t => {
    const server = await serveWebSocket(t, {
      answer: request =>
        request.headers.has('authorization')
          ? Buffer.concat([Buffer.from(upgradeAnswer(request)), frame(portMessage('5'))])
          : login(request),
    });
    const { emitted } = listen(t, server);
    await until(() => emitted.length === 1);
    assert.deepEqual(ports(emitted), ['5']);
  });

  test('go on after messages that cannot be read, which are told', async t => {
    const server = await serveWebSocket(t);
    const { opened, emitted, counts, unreadable, clock, stop, done } = listen(t, server);
    await until(() => opened.length === 1);
    const nonsense = [
      'nonsense',
      '[1,2',
      '7',
      '{"method":"events:notify","params":{}}',
      '{"method":"events:notify","params":{"notification":{"topic":7}}}',
      '{"method":"events:other"}',
      acknowledgement(),
      portMessage('1').replace('"1"', `${'['.repeat(100)}${']'.repeat(100)}`),
      Buffer.concat([Buffer.from(portMessage('9')), Buffer.from([0xff])]),
    ];
    for (const text of nonsense) server.send(frame(text));
    server.send(frame(portMessage('2')));
    await until(() => emitted.length === 1);
    assert.deepEqual(ports(emitted), ['2']);
    assert.equal(unreadable.length, nonsense.length);
    assert.equal(counts.get('documents'), nonsense.length + 2);
    stop();
    await done;
    assert.equal(clock.waiting(), 0);
  });

  test('that are too large are lost alone and named; those of before the answer too', async t => {
    const large = portMessage('9', 'x'.repeat(1_500_000));
    const first = Array.from({ length: 6 }, () => frame(large));
    const server = await serveWebSocket(t, {
      reply: received =>
        received.opcode === TEXT
          ? Buffer.concat([...first, frame(portMessage('1')), frame(acknowledgement())])
          : deviceReply(received),
    });
    const { emitted, unreadable } = listen(t, server);
    await until(() => emitted.length === 1);
    server.send(Buffer.concat([frame(large), frame(portMessage('2'))]));
    await until(() => emitted.length === 2);
    assert.deepEqual(ports(emitted), ['1', '2']);
    const told = {
      reason: /1500\d{3} bytes, 1048576 is the most/,
      topic: 'tns1:Device/tnsaxis:IO/Port',
      count: 1,
    };
    assert.equal(unreadable.length, 7);
    for (const { reason, ...rest } of unreadable) {
      assert.match(reason, told.reason);
      assert.deepEqual(rest, { topic: told.topic, count: told.count });
    }
  });

  test('that say nothing are refused by name, and nothing is made up', async t => {
    const server = await serveWebSocket(t);
    const { opened, emitted, unreadable } = listen(t, server);
    await until(() => opened.length === 1);
    const notify = (notification: object) =>
      frame(JSON.stringify({ method: 'events:notify', params: { notification } }));
    const about = { topic: 'tnsaxis:A/B', timestamp: 1785325150144 };
    server.send(notify({ ...about, message: { source: {}, key: {}, data: 'open' } }));
    server.send(notify({ ...about, door: 'open' }));
    server.send(notify({ ...about, data: { state: '1' } }));
    await until(() => emitted.length === 1);
    assert.deepEqual(emitted[0]?.data, [{ name: 'state', value: '1' }]);
    assert.deepEqual(unreadable, [
      {
        reason: 'the `data` of a notification is "open", no object of items',
        topic: 'tnsaxis:A/B',
        count: 1,
      },
      {
        reason: 'a notification that says nothing: it has neither message, source, key nor data',
        topic: 'tnsaxis:A/B',
        count: 1,
      },
    ]);
  });

  test('are shown as they were received', async t => {
    const server = await serveWebSocket(t);
    const seen: string[] = [];
    const { opened, emitted } = listen(t, server, { raw: document => void seen.push(document.toString()) });
    await until(() => opened.length === 1);
    server.send(frame(portMessage('1')));
    await until(() => emitted.length === 1);
    assert.deepEqual(seen, [acknowledgement(), portMessage('1')]);
  });

  test('are read no faster than they are taken: 64 at once, and the rest once there is room', async t => {
    const server = await serveWebSocket(t);
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
    for (let sent = 0; sent < total; sent++) server.send(frame(portMessage(String(sent))));
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
    const server = await serveWebSocket(t);
    const { opened, done } = listen(t, server, { emit: () => Promise.reject(fail('STORE', 'disk full')) });
    await until(() => opened.length === 1);
    server.send(frame(portMessage('1')));
    await ends(done, 'STORE', /disk full/);
  });

  test('that cannot be read by the thousand end the stream; fewer, or in a longer time, do not', async t => {
    for (const junk of ['junk', acknowledgement()]) {
      const server = await serveWebSocket(t);
      const { opened, unreadable, emitted, clock, done } = listen(t, server);
      await until(() => opened.length === 1);
      const many = Buffer.concat(Array.from({ length: 1_000 }, () => frame(junk)));
      server.send(many);
      await until(() => unreadable.length === 1_000);
      await clock.advance(10_001);
      server.send(Buffer.concat([many, frame(portMessage('1'))]));
      await until(() => emitted.length === 1);
      server.send(frame(junk));
      await ends(done, 'PROTOCOL', /more than 1000 messages/);
    }
  });

  test('without end, and no answer, end the stream before they fill the memory', async t => {
    const server = await serveWebSocket(t, {
      reply: received => (received.opcode === TEXT ? frame(portMessage('1')) : deviceReply(received)),
    });
    const { done, emitted } = listen(t, server);
    await until(() => server.frames.length === 1);
    const many = Buffer.concat(
      Array.from({ length: 200 }, () => frame(portMessage('1', 'x'.repeat(50_000)))),
    );
    server.send(many);
    await ends(done, 'TOO_LARGE');
    assert.deepEqual(emitted, []);
  });
});
