// Commands: what is done, what is not, and what is answered.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fail } from '../../../src/util/errors.ts';
import { setup } from './commands-setup.ts';

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
