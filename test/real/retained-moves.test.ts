// What was retained under another base topic, bridge ID, topic template or route goes from the brokers.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { makeSetting, retained } from '../support/bridge-setting.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';

const PORT = 'Device/IO/Port/port=1';

/** Waits until a topic is retained, and none of those that match. */
function keeps(broker: Mosquitto, topic: string, none: RegExp): Promise<unknown> {
  return eventually(`${topic} alone`, async () => {
    const topics = [...(await retained(broker)).keys()];
    return topics.includes(topic) && !topics.some(each => none.test(each));
  });
}

describe('what is retained moves', { ...need('mosquitto'), concurrency: 3, timeout: 240_000 }, () => {
  const first = { routes: [{ format: 'axis' }, {}], bridge: { baseTopic: 'before' } };
  const CASES: [what: string, change: object, topic: string, none: RegExp][] = [
    ['with the base topic', { bridge: { baseTopic: 'after' } }, `after/entrance/event/${PORT}`, /^before\//],
    [
      'with a base topic inside',
      { bridge: { baseTopic: 'before/x' } },
      `before/x/entrance/event/${PORT}`,
      /^before\/[^x]/,
    ],
    [
      'with the ID',
      { bridge: { baseTopic: 'before', id: 'b' } },
      'before/bridge/b/state',
      /^before\/bridge\/main/,
    ],
    [
      'with the template',
      { routes: [{ topic: 'x/{device}/{topic}/{source}' }] },
      `x/entrance/${PORT}`,
      /^before\/entrance\/event|^axis\//,
    ],
    [
      'with the route',
      { routes: [{ match: { topic: 'tns1:Device/**' } }] },
      `before/entrance/event/${PORT}`,
      /MotionRegion|VideoSource|^axis\//,
    ],
    [
      'with its being retained',
      { routes: [{ retain: 'none' }] },
      'before/entrance/availability',
      /^before\/entrance\/event|^axis\//,
    ],
  ];
  for (const when of ['while it runs', 'while it is down'] as const)
    for (const [what, change, topic, none] of CASES)
      test(`${what}, ${when}`, async t => {
        const { program, config, broker } = await makeSetting(t, { config: first });
        const run = program.start();
        await keeps(broker, `before/entrance/event/${PORT}`, /^after/);
        await eventually('the connection', async () =>
          [...(await retained(broker)).keys()].some(each => each.endsWith('/event/connection')),
        );
        if (when === 'while it is down') await run.end();
        program.configure({ ...config, ...change });
        if (when === 'while it is down') program.start();
        await keeps(broker, topic, none);
      });

  test('from the broker that a route leaves, and stays at the other', async t => {
    const other = await startMosquitto(t);
    const { program, config, broker } = await two(t, other);
    const run = program.start();
    const topic = `axis2mqtt/entrance/event/${PORT}`;
    await keeps(broker, topic, /nothing/);
    await keeps(other, topic, /nothing/);
    program.configure({ ...config, routes: [{ broker: 'main' }] });
    await keeps(other, 'axis2mqtt/entrance/availability', /\/event\//);
    await keeps(broker, topic, /nothing/);
    assert.equal((await run.end()).code, 0);
  });
});

async function two(t: TestContext, other: Mosquitto) {
  const setting = await makeSetting(t);
  const brokers = { main: { url: setting.broker.url }, other: { url: other.url, clientId: 'other' } };
  const config = { ...setting.config, brokers, http: { port: await freePort() } };
  setting.program.configure(config);
  return { ...setting, config };
}
