// Scenarios: read with clear errors, played in order on a device's clock.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  createDevice,
  defaultScenario,
  parseScenario,
  runScenario,
} from '../../../src/simulator/simulator.ts';
import { freePorts } from '../../support/free-port.ts';
import { connectRtsp, manualClock, play } from './client.ts';

const PORT = { topic: 'tns1:Device/tnsaxis:IO/Port', source: { port: 1 } };

describe('parseScenario', () => {
  const WRONG: [string, unknown, RegExp][] = [
    ['no list', { emit: PORT }, /^story: wants a list of steps$/],
    ['an unknown action', [{ emitt: PORT }], /^story\[0\]: does not know "emitt"; actions are emit, burst, /],
    [
      'two actions in a step',
      [{ drop: true, garbage: true }],
      /^story\[0\]: has several actions \(drop, garbage\)/,
    ],
    [
      'a bad duration',
      [{ after: '5 minutes', drop: true }],
      /^story\[0\]: after wants a duration such as 500ms/,
    ],
    ['a negative wait', [{ after: '-5s' }], /^story\[0\]: after wants a duration that is not negative$/],
    ['an event without topic', [{ emit: { data: {} } }], /^story\[0\]: emit wants a topic$/],
    [
      'an event with an odd name',
      [{ emit: { ...PORT, dat: {} } }],
      /emit does not know "dat"; it knows topic, source/,
    ],
    ['a burst of none', [{ burst: 0 }], /burst wants a whole number from 1 on$/],
    ['an empty step', [{}], /^story\[0\]: is empty$/],
    ['a step inside a loop', [{ loop: [{ drop: 1 }] }], /^story\[0\]\.loop\[0\]: drop wants true$/],
    ['a bad refusal', [{ refuseRtsp: { status: 401, often: 2 } }], /refuseRtsp does not know "often"/],
    [
      'an object as a value',
      [{ emit: { ...PORT, data: { a: {} } } }],
      /emit wants a text, number, .* for "a"$/,
    ],
  ];
  for (const [name, value, message] of WRONG) {
    test(`refuses ${name}`, () => {
      assert.throws(() => parseScenario(value, 'story'), { code: 'CONFIG', message });
    });
  }

  test('names every wrong step at once', () => {
    const steps = [{ drop: 1 }, { after: '1s' }, { reboot: 'x' }];
    assert.throws(() => parseScenario(steps), /^CONFIG: scenario\[0\]: .*\nscenario\[2\]: /);
  });

  test('takes the story of the demo', () => {
    assert.doesNotThrow(() => parseScenario(defaultScenario));
  });
});

describe('runScenario', () => {
  test('waits, fills in placeholders, and counts the rounds of a loop', async t => {
    const clock = manualClock();
    const device = createDevice({ clock });
    t.after(() => device.stop());
    const { rtspPort: port } = await device.start();
    const client = await connectRtsp(port);
    t.after(() => client.close());
    await play(client, { port });
    await client.until(() => client.documents().length === 13);
    const data = { state: '{pick:a|b}', n: '{count}', r: '{round}' };
    const steps = [
      { loop: [{ after: '1s', emit: { ...PORT, data } }], times: 3 },
      { burst: 2 },
      { password: 'new' },
    ];
    const done = runScenario(device, steps, { signal: new AbortController().signal, clock });
    for (let round = 1; round <= 3; round++) {
      await client.until(() => clock.pending === 2);
      assert.equal(client.documents().length, 12 + round);
      clock.advance(1000);
      await client.until(() => client.documents().length >= 13 + round);
    }
    await done;
    await client.until(() => client.documents().length === 18);
    const values = client
      .documents()
      .slice(13)
      .map(text => [...text.matchAll(/Value="([^"]*)"/g)].map(one => one[1]));
    assert.deepEqual(values, [
      ['1', 'a', '1', '0'],
      ['1', 'b', '2', '1'],
      ['1', 'a', '3', '2'],
      ['1', '1'],
      ['1', '0'],
    ]);
  });

  test('plays every fault, and ends at the signal', async t => {
    const device = createDevice(await freePorts());
    t.after(() => device.stop());
    const { rtspPort: port } = await device.start();
    const client = await connectRtsp(port);
    await play(client, { port });
    const steps = [
      { stall: '1ms' },
      { halfPacket: '1ms' },
      { garbage: true },
      { slowReader: true },
      { slowReader: false },
      { clockJump: '-1h' },
      { remove: PORT },
      { refuseHttp: 500 },
      { refuseHttp: false },
      { refuseRtsp: { status: 503, count: 2 } },
      { drop: true },
      { reboot: '1ms' },
      { loop: [{ after: '1ms', burst: 1, of: PORT }] },
    ];
    const ended = new AbortController();
    const done = runScenario(device, steps, { signal: ended.signal });
    await client.closed;
    assert.ok(device.now() < Date.now() - 3_500_000);
    ended.abort();
    await done;
  });

  test('the story of the demo emits nothing that is not declared', async () => {
    const clock = manualClock();
    const device = createDevice({ clock });
    const ended = new AbortController();
    const topics = new Set<string>();
    const told = { ...device, emit: (topic: string) => void topics.add(topic) };
    const done = runScenario(told, defaultScenario, { signal: ended.signal, clock });
    for (let step = 0; step < 200; step++) {
      clock.advance(100);
      await new Promise(resolve => setImmediate(resolve));
    }
    ended.abort();
    await done;
    const { DEFAULT_TOPICS } = await import('../../../src/simulator/catalogue.ts');
    const declared = new Set(DEFAULT_TOPICS.map(({ topic }) => topic));
    assert.equal(topics.size, 8);
    assert.deepEqual(
      [...topics].filter(topic => !declared.has(topic)),
      [],
    );
  });
});
