// Triggers and commands in the configuration: complete, or what is wrong with them, with its line.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { config, problems } from './helper.ts';

const CAMERAS = 'cameras: [{id: yard, host: 192.0.2.10, username: bridge, password: pw}]\n';
const DO = 'do: [{camera: yard, action: siren, profile: Alarm}]';
const one = (keys: string) => `${CAMERAS}triggers:\n  - {name: n, ${keys}}\n`;

describe('a trigger', () => {
  test('is completed: the first broker, no wait, no rest', async () => {
    const { triggers } = await config(one(`topic: sensors/+/state, when: {open: true}, ${DO}`));
    assert.deepEqual(triggers, [
      {
        name: 'n',
        hears: { broker: 'main', filter: 'sensors/+/state' },
        when: { open: true },
        for: 0,
        cooldown: 0,
        retained: false,
        together: false,
        dryRun: false,
        do: [{ camera: 'yard', action: 'siren', parameters: { profile: 'Alarm' } }],
      },
    ]);
  });

  test('keeps what the file says', async () => {
    const keys = `on: {topic: "tns1:Device/**"}, when: {active: true, n: {in: [1, x]}, $: 1, a/b: 2}, for: 10s, armed: {from: "22:00", to: "06:30"},
      do: [{publish: {topic: a/b, payload: {x: [1]}}}]`;
    const [trigger] = (await config(one(keys))).triggers;
    assert.deepEqual(trigger?.hears, { camera: '*', topic: 'tns1:Device/**', source: {} });
    assert.deepEqual(trigger?.when, { active: true, n: { in: [1, 'x'] }, $: 1, 'a/b': 2 });
    assert.deepEqual([trigger?.for, trigger?.armed], [10_000, { from: 22 * 60, to: 6 * 60 + 30 }]);
    const publish = { broker: 'main', topic: 'a/b', payload: { x: [1] }, retain: false };
    assert.deepEqual(trigger?.do, [{ publish }]);
  });

  const wrong: [keys: string, problem: RegExp][] = [
    [DO, /triggers\[0\]\.topic: is required, unless `on`/],
    [`topic: a, on: {}, ${DO}`, /\.on: stands beside `topic`/],
    [`topic: a, when: {x: 1}, text: b, ${DO}`, /\.text: stands beside `when`/],
    [`on: {}, text: b, ${DO}`, /\.text: is for messages/],
    [`topic: a/#/b, ${DO}`, /\.topic: takes `\+` for one whole level/],
    [`topic: $share/g/a, ${DO}`, /\.topic: must not be a shared subscription/],
    [`topic: a, broker: mian, ${DO}`, /\.broker: there is no broker .*did you mean `main`/],
    [`topic: a, for: 1s, when: {x: {changed: true}}, ${DO}`, /\.for: cannot be told/],
    [`topic: a, armed: {topic: x}, ${DO}`, /\.armed: takes either/],
    [`topic: a, armed: {from: "24:00", to: "06:00"}, ${DO}`, /\.armed\.from: must be a time of the day/],
    [`topic: a, when: {x: {abov: 1}}, ${DO}`, /\.when\.x\.abov: is not a known key.*above/],
    ['topic: a, do: []', /\.do: must not be an empty list/],
    [
      'topic: a, do: [{camera: yrd, action: siren, profile: A}]',
      /^3:\d+ .*do\[0\]\.camera: .*did you mean `yard`/,
    ],
    ['topic: a, do: [{camera: yard, action: sirn, profile: A}]', /do\[0\]\.action: .*did you mean `siren`/],
    [
      'topic: a, do: [{camera: yard, action: siren, profil: A}]',
      /^3:\d+ triggers\[0\]\.do\[0\]: siren: .*profil/,
    ],
    ['topic: a, do: [{camera: yard, action: record, for: 10}]', /do\[0\]: record: .*for/],
    ['topic: a, do: [{camera: yard}]', /do\[0\]: takes either/],
    ['topic: a, do: [{publish: {topic: a}, camera: yard, action: siren}]', /do\[0\]: takes either/],
    ['topic: a, do: [{publish: {topic: a/+}}]', /publish\.topic: is a topic to publish to/],
    ['topic: a, do: [{publish: {topic: a, broker: x}}]', /publish\.broker: there is no broker/],
  ];
  for (const [keys, problem] of wrong) {
    test(`{${keys}} is refused`, async () => {
      const told = await problems(one(keys));
      assert.equal(told.length, 1, told.join('\n'));
      assert.match(told[0] ?? '', problem);
    });
  }

  test('has a name of its own', async () => {
    const again = `${one(`topic: a, ${DO}`)}  - {name: n, topic: b, ${DO}}\n`;
    assert.match((await problems(again)).join(), /triggers\[1\]\.name: is that of triggers\[0\] too/);
  });

  test('may name a camera by a serial number that is not known yet', async () => {
    const unnamed = one(`topic: a, ${DO.replace('yard', 'ACCC8E012345')}`).replace('id: yard, ', '');
    assert.equal((await config(unnamed)).triggers.length, 1);
  });
});

describe('commands', () => {
  test('are actions that there are', async () => {
    const text = CAMERAS.replace('{', '{commands: [siren, recrd], ');
    assert.deepEqual((await problems(text)).length, 1);
    assert.match((await problems(text))[0] ?? '', /cameras\[0\]\.commands\[1\]: .*did you mean `record`/);
  });

  test('are taken at every broker, unless the section says where', async () => {
    const brokers = 'brokers: {a: {url: mqtt://a}, b: {url: mqtt://b, clientId: x}}\n';
    assert.deepEqual((await config(`${CAMERAS}${brokers}`)).actions.brokers, ['a', 'b']);
    const { actions } = await config(
      `${CAMERAS}${brokers}actions: {broker: b, timeToLive: 5s, audit: true, responsePrefixes: [apps]}`,
    );
    assert.deepEqual(actions, { brokers: ['b'], timeToLive: 5_000, audit: true, responsePrefixes: ['apps'] });
    assert.match(
      (await problems(`${CAMERAS}actions: {broker: c}`))[0] ?? '',
      /actions\.broker: there is no broker/,
    );
  });
});
