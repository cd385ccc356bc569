// Commands: what is done, what is not, and what is answered.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Action } from '../../../src/actions/action.ts';
import { createCommands, type Received } from '../../../src/actions/commands.ts';
import { createLoops } from '../../../src/actions/loops.ts';
import { createRunner } from '../../../src/actions/runner.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { fail } from '../../../src/util/errors.ts';
import { secret } from '../../../src/util/secret.ts';
import { createVapixClient } from '../../../src/vapix/client.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

type Answered = Record<string, unknown> & { topic: string };

function setup({ prefixes = [] as string[], allowed = ['siren', 'gone'] } = {}) {
  const clock = createFakeClock();
  const runs: unknown[] = [];
  const open: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const siren: Action = {
    check: parameters =>
      'bad' in parameters ? { ok: false, complaints: ['bad is no parameter'] } : { ok: true, parameters },
    run(parameters, { signal }) {
      runs.push(parameters);
      return new Promise((resolve, reject) => {
        open.push({ resolve: () => resolve({ sirenId: 1 }), reject });
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    },
  };
  const stop: Action = { ...siren, run: (_, context) => siren.run({ stop: true }, context) };
  const login = { username: 'u', password: secret('p') };
  const address = {
    host: '127.0.0.1',
    port: 1,
    rtspPort: 1,
    https: false,
    allowBasicOverHttp: false,
    tls: {},
  };
  const client = createVapixClient({
    address: { ...address, ...login, onvif: login },
    signal: new AbortController().signal,
    clock: systemClock,
  });
  const runner = createRunner({ actions: { siren, 'siren-stop': stop }, clientOf: () => client, clock });
  const answers: Answered[] = [];
  const audits: unknown[] = [];
  const counts: Record<string, number> = {};
  const take = createCommands({
    base: 'axis2mqtt',
    deviceOf: level => (level === 'yard' ? { device: 'yard', allowed } : undefined),
    runner,
    loops: createLoops(clock),
    settings: () => ({ timeToLive: 10_000, responsePrefixes: prefixes }),
    answer: ({ topic, payload, correlation }) => answers.push({ topic, correlation, ...JSON.parse(payload) }),
    audit: line => audits.push(line),
    count(_, outcome) {
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    },
    clock,
  });
  const command = (payload: string | Buffer = '', change: Partial<Received> = {}) =>
    take({
      broker: 'main',
      topic: 'axis2mqtt/yard/command/siren',
      payload: Buffer.from(payload),
      retain: false,
      properties: {},
      ...change,
    });
  const settle = () => clock.advance(0);
  return { clock, runner, runs, open, answers, audits, counts, command, settle };
}

describe('a siren that is turned off', () => {
  const off = '{"state":"off"}';

  test('is stopped, and answered as that', async () => {
    const { command, open, answers, settle, runs } = setup({ allowed: ['siren', 'siren-stop'] });
    command('{"state":"off","requestId":"r1"}');
    await settle();
    open[0]?.resolve();
    await settle();
    assert.deepEqual(runs, [{ stop: true }]);
    assert.deepEqual(
      answers.map(({ topic, action, state }) => [topic, action, state]),
      [
        ['axis2mqtt/yard/result/siren-stop', 'siren-stop', 'accepted'],
        ['axis2mqtt/yard/result/siren-stop', 'siren-stop', 'done'],
      ],
    );
  });

  test('is not where that is not allowed', async () => {
    const { command, answers, settle, runs } = setup({ allowed: ['siren'] });
    command(off);
    await settle();
    assert.deepEqual(runs, []);
    assert.equal(answers[0]?.['code'], 'NOT_ALLOWED');
  });

  test('is not by somebody who may only stop', async () => {
    const { command, answers, settle, runs } = setup({ allowed: ['siren-stop'] });
    command(off);
    await settle();
    assert.deepEqual(runs, []);
    assert.equal(answers[0]?.['code'], 'NOT_ALLOWED');
  });
});

describe('a command', () => {
  test('is accepted, done, and answered with what the device said', async () => {
    const { command, open, answers, clock, settle, runs } = setup();
    command('{"profile":"Alarm","requestId":"r1"}');
    await settle();
    await clock.advance(40);
    open[0]?.resolve();
    await settle();
    assert.deepEqual(runs, [{ profile: 'Alarm' }]);
    const times = { topic: 'axis2mqtt/yard/result/siren', action: 'siren', requestId: 'r1' };
    assert.deepEqual(
      answers.map(({ time: _, correlation: __, ...rest }) => rest),
      [
        { ...times, state: 'accepted' },
        { ...times, state: 'done', ms: 40, answer: { sirenId: 1 } },
      ],
    );
  });

  test('that fails is answered with the code, and without the address of the device', async () => {
    const { command, open, answers, settle, audits } = setup();
    command();
    await settle();
    open[0]?.reject(fail('REFUSED', 'POST http://192.0.2.7:8080/axis-cgi/siren_and_light.cgi: error 1202'));
    await settle();
    const last = answers.at(-1);
    assert.deepEqual(
      [last?.['state'], last?.['code'], last?.['message']],
      ['failed', 'REFUSED', 'POST /axis-cgi/siren_and_light.cgi: error 1202'],
    );
    assert.ok(!JSON.stringify(audits).includes('192.0.2.7'));
  });

  test('that is retained never acts', async () => {
    const { command, answers, runs, counts, settle } = setup();
    command('{}', { retain: true });
    await settle();
    assert.deepEqual([runs, answers, counts], [[], [], { retained: 1 }]);
  });

  test('of another bridge’s device is left alone, without an answer', async () => {
    const { command, answers, runs, counts, settle } = setup();
    for (const topic of ['axis2mqtt/other/command/siren', 'axis2mqtt/yard/command/siren/x'])
      command('{}', { topic });
    await settle();
    assert.deepEqual([runs, answers, counts], [[], [], {}]);
  });

  test('that the camera does not allow is refused', async () => {
    const { command, answers, runs, settle } = setup();
    for (const name of ['record', '__proto__', 'constructor', 'x'.repeat(60_000)])
      command('{}', { topic: `axis2mqtt/yard/command/${name}` });
    await settle();
    assert.deepEqual(runs, []);
    assert.deepEqual(
      answers.map(({ code }) => code),
      Array(4).fill('NOT_ALLOWED'),
    );
    assert.ok(answers.every(({ topic }) => topic.length < 200));
  });

  const hostile: [what: string, payload: string | Buffer, complaint: RegExp][] = [
    ['huge', `{"a":"${'x'.repeat(70_000)}"}`, /larger than 64 KiB/],
    ['deep', `{"a":${'['.repeat(1000)}${']'.repeat(1000)}}`, /deeper than 16/],
    ['not closed and deep', '['.repeat(60_000), /no JSON/],
    ['binary', Buffer.from([0xff, 0xfe, 0x00]), /no UTF-8/],
    ['a list', '[1]', /no JSON object/],
    ['a number', '1', /no JSON object/],
    ['null', 'null', /no JSON object/],
    ['cut off', '{"a":', /no JSON/],
    ['a request ID that is none', '{"requestId":{"a":1}}', /requestId/],
    ['a request ID that is long', `{"requestId":"${'x'.repeat(129)}"}`, /requestId/],
    ['parameters that are wrong', '{"bad":1}', /bad is no parameter/],
  ];
  for (const [what, payload, complaint] of hostile) {
    test(`whose payload is ${what} is refused, and says why`, async () => {
      const { command, answers, runs, settle } = setup();
      command(payload);
      await settle();
      assert.deepEqual([runs, answers.length], [[], 1]);
      assert.equal(answers[0]?.['code'], 'INVALID');
      assert.match(String(answers[0]?.['message']), complaint);
    });
  }

  test('for an action that does not exist is refused', async () => {
    const { command, answers, settle } = setup();
    command('{}', { topic: 'axis2mqtt/yard/command/gone' });
    await settle();
    assert.deepEqual([answers[0]?.['code'], answers.length], ['INVALID', 1]);
  });

  test('with __proto__ gives its check that name as a name', async () => {
    const { command, runs, open, settle } = setup();
    command('{"__proto__":{"polluted":true}}');
    await settle();
    assert.ok(Object.hasOwn(Object(runs[0]), '__proto__'));
    assert.equal(Reflect.get({}, 'polluted'), undefined);
    open[0]?.resolve();
  });
});

describe('the response topic', () => {
  const asked = (responseTopic: string) => ({
    properties: { responseTopic, correlationData: Buffer.from([1, 2, 255]) },
  });

  test('gets the answers too, with the correlation data, where the configuration allows', async () => {
    const { command, answers, settle } = setup({ prefixes: ['apps/alarm'] });
    for (const topic of ['axis2mqtt/response/app1', 'apps/alarm/x']) {
      command('{"bad":1}', asked(topic));
      await settle();
      assert.equal(answers.at(-1)?.topic, topic);
      assert.equal(answers.at(-1)?.['correlation'], Buffer.from([1, 2, 255]).toString('base64'));
    }
  });

  test('gets nothing elsewhere', async () => {
    const { command, answers, settle } = setup({ prefixes: ['apps/alarm', 'axis2mqtt'] });
    const elsewhere = [
      'apps/alarms',
      'apps/alarm',
      'locks/door',
      'axis2mqtt/yard/command/siren',
      'apps/alarm/+',
      'apps/alarm/#',
      'apps/alarm/\u0000',
      `apps/alarm/${'x'.repeat(2000)}`,
      '',
    ];
    for (const topic of elsewhere) command('{"bad":1}', asked(topic));
    await settle();
    assert.equal(answers.length, elsewhere.length);
    assert.deepEqual([...new Set(answers.map(({ topic }) => topic))], ['axis2mqtt/yard/result/siren']);
  });
});

describe('a device', () => {
  test('does one thing at a time, with sixteen behind it', async () => {
    const { command, runs, open, answers, counts, settle } = setup();
    command('{"index":0}');
    await settle();
    for (let index = 1; index < 20; index++) command(`{"index":${index}}`);
    await settle();
    assert.equal(runs.length, 1);
    assert.equal(counts['BUSY'], 3);
    for (let index = 0; index < 17; index++) {
      open[index]?.resolve();
      await settle();
    }
    assert.deepEqual(
      runs,
      Array.from({ length: 17 }, (_, index) => ({ index })),
    );
    assert.equal(answers.filter(({ state }) => state === 'done').length, 17);
  });

  test('does not do what has waited for too long, or came too late', async () => {
    const { command, runs, answers, clock, open, settle } = setup();
    command('{"index":0}');
    command('{"index":1}');
    command('{"index":2}', { properties: { messageExpiryInterval: 3 } });
    await clock.advance(3_000);
    assert.equal(answers.at(-1)?.['code'], 'EXPIRED');
    await clock.advance(7_000);
    assert.equal(answers.filter(({ code }) => code === 'EXPIRED').length, 2);
    open[0]?.resolve();
    await settle();
    command('{"index":3}', { properties: { messageExpiryInterval: 0 } });
    await settle();
    assert.deepEqual(runs, [{ index: 0 }]);
    assert.equal(clock.waiting(), 0);
  });

  test('that is let go ends what it does, and leaves nothing', async () => {
    const { command, runner, answers, clock, settle } = setup();
    command();
    command();
    await settle();
    await runner.release('yard');
    await settle();
    assert.deepEqual(
      answers.slice(2).map(({ code }) => code),
      ['CLOSED', 'CLOSED'],
    );
    assert.equal(clock.waiting(), 0);
  });
});

describe('a request ID', () => {
  test('that comes again acts once, and is answered again', async () => {
    const { command, runs, open, answers, settle } = setup();
    command('{"requestId":"a"}');
    command('{"requestId":"a"}');
    await settle();
    open[0]?.resolve();
    await settle();
    command('{"requestId":"a"}');
    await settle();
    assert.equal(runs.length, 1);
    const done = answers.filter(({ state }) => state === 'done');
    assert.deepEqual([done.length, done.filter(({ repeat }) => repeat === true).length], [3, 2]);
  });

  test('is remembered for ten minutes', async () => {
    const { command, runs, open, clock, settle } = setup();
    command('{"requestId":"a"}');
    await settle();
    open[0]?.resolve();
    await clock.advance(599_999);
    command('{"requestId":"a"}');
    await settle();
    assert.equal(runs.length, 1);
    await clock.advance(1);
    command('{"requestId":"a"}');
    await settle();
    assert.equal(runs.length, 2);
  });

  test('of what expired in the line may act when it comes again', async () => {
    const { command, runs, open, clock, settle } = setup();
    command();
    command('{"requestId":"a"}');
    await clock.advance(10_000);
    open[0]?.resolve();
    await settle();
    command('{"requestId":"a"}');
    await settle();
    assert.equal(runs.length, 2);
  });
});

test('a flood of one request ID is answered for a while, and acts once', async () => {
  const { command, runs, open, answers, counts, settle } = setup();
  for (let index = 0; index < 1_000; index++) command('{"requestId":"a"}');
  await settle();
  open[0]?.resolve();
  await settle();
  assert.deepEqual([runs.length, counts['done'], counts['repeated']], [1, 1, 999]);
  assert.equal(answers.length, 1 + 1 + 100);
});

test('a flood of refused commands is counted, and answered for a while', async () => {
  const { command, answers, audits, counts, settle } = setup();
  for (let index = 0; index < 10_000; index++) command('nonsense');
  await settle();
  assert.equal(counts['INVALID'], 10_000);
  assert.equal(answers.length, 100);
  assert.equal(audits.length, 100);
});
