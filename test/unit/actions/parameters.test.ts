// Parameters of actions: what is allowed, in which words the rest is refused, and that it stays here.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import type { ActionContext, Parameters } from '../../../src/actions/action.ts';
import { ACTIONS } from '../../../src/actions/table.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { startHttpDevice } from '../../support/http-device.ts';
import { seeded } from '../../support/random.ts';
import { connect } from '../vapix/helper.ts';

function complaints(name: string, given: Parameters): string[] {
  const verdict = ACTIONS[name]?.check(given);
  assert.ok(verdict);
  return verdict.ok ? [] : verdict.complaints;
}

test('a name that may be a value is not shown', () => {
  const [said = ''] = complaints('siren-stop', { 'profile:canary 1': null });
  assert.match(said, /is no parameter of this action/);
  assert.doesNotMatch(said, /canary/);
});

test('every complaint names the parameter and what is allowed', () => {
  const CASES: [string, Parameters, RegExp][] = [
    ['siren', {}, /^profile is missing: it must be text of 1 to 256 characters in one line$/],
    ['siren', { profile: '' }, /^profile must be text/],
    ['siren', { profile: 'x'.repeat(257) }, /^profile must be text/],
    ['siren', { profile: 'a\nb' }, /^profile must be text/],
    ['siren', { profile: '\ud800' }, /^profile must be text/],
    ['record', { for: 10 }, /^for must be a duration from 1s to 1d, such as 10s$/],
    ['record', { for: '2d' }, /^for must be a duration/],
    ['output', { port: 0, state: 'on' }, /^port must be a whole number from 1 to 64$/],
    ['output', { port: '1', state: 'on' }, /^port must be a whole number/],
    ['output', { port: 1, state: 'open' }, /^state must be one of active, on, inactive, off$/],
    ['output', { port: 1, state: 'toString' }, /^state must be one of/],
    ['ptz-preset', { preset: 1.5 }, /^preset must be a whole number from 1 to 999, or text/],
    ['light', { light: 'led0', state: 'off', intensity: 5 }, /^intensity goes only with state active or on$/],
    ['virtual-input', { port: 1, state: 'off', for: '1s' }, /^for goes only with state active or on$/],
  ];
  for (const [name, given, expected] of CASES) {
    const said = complaints(name, given);
    assert.equal(said.length, 1, `${name} ${JSON.stringify(given)}`);
    assert.match(said[0] ?? '', expected);
  }
});

test('an unknown parameter is a complaint, with the one that was meant', () => {
  assert.match(
    complaints('siren', { profile: 'Alarm', profil: 1 })[0] ?? '',
    /"profil" .* did you mean profile\?/,
  );
  assert.match(
    complaints('siren', JSON.parse('{"profile":"A","__proto__":{"x":1}}'))[0] ?? '',
    /"__proto__"/,
  );
  assert.deepEqual(complaints('siren', Object.create({ profile: 'inherited' })), [
    'profile is missing: it must be text of 1 to 256 characters in one line',
  ]);
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`x${index}`, 1]));
  assert.ok(complaints('siren-stop', many).length <= 6);
});

test('checked parameters are allowed as they are, and stay as they were written', () => {
  const given = { port: 3, for: '5s' };
  const verdict = ACTIONS['output-pulse']?.check(given);
  assert.deepEqual(verdict, { ok: true, parameters: given });
});

test('random parameters that fail the check never become a request, those that pass it do', async t => {
  const random = seeded(t);
  const names = Object.keys(ACTIONS);
  const device = await startHttpDevice(t, (_, response) => void response.writeHead(500).end());
  const client = connect(t, device.address);
  const context: ActionContext = { client, clock: createFakeClock(), signal: new AbortController().signal };
  const counts = { passed: 0, failed: 0 };
  for (let round = 0; round < 5_000; round++) {
    const action = ACTIONS[pick(names, random)];
    assert.ok(action);
    const given = randomParameters(random);
    const verdict = action.check(given);
    counts[verdict.ok ? 'passed' : 'failed'] += 1;
    const before = device.seen.length;
    const expected = verdict.ok ? /HTTP 500/ : /unchecked parameters/;
    await assert.rejects(action.run(given, context), expected, inspect(given));
    assert.equal(device.seen.length > before, verdict.ok);
  }
  assert.ok(counts.passed > 20 && counts.failed > 1_000, JSON.stringify(counts));
});

const NAMES = [
  'profile',
  'port',
  'state',
  'for',
  'clip',
  'preset',
  'light',
  'text',
  'recordingId',
  '__proto__',
];
const VALUES: readonly unknown[] = [
  'Alarm',
  'on',
  'off',
  '10s',
  '1m',
  '',
  'x'.repeat(300),
  '\ud800',
  '../..',
  'a&b=c',
  0,
  1,
  3,
  -1,
  1e9,
  1.5,
  Number.NaN,
  null,
  undefined,
  true,
  [],
  {},
  ['on'],
  { toString: 'x' },
  10n,
  Symbol('x'),
  () => 'on',
];

function randomParameters(random: () => number): Parameters {
  const count = Math.floor(random() * 4);
  return Object.fromEntries(Array.from({ length: count }, () => [pick(NAMES, random), pick(VALUES, random)]));
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T;
}
