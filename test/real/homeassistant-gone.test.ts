// What Home Assistant was told is taken back, and it is told of nothing that it could not read.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { IN_USE } from '../support/bridge-process.ts';
import { retained } from '../support/bridge-setting.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { cleared, makeHome, named, told, topicOf } from '../support/homeassistant-setting.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';

const OPTIONS = { ...need('mosquitto'), concurrency: 3, timeout: 240_000 };

describe('what Home Assistant was told goes', OPTIONS, () => {
  for (const when of ['while it runs', 'while it is down'] as const) {
    for (const [what, change] of [
      ['with its camera', { cameras: [] }],
      ['with the switch', { homeAssistant: false }],
    ] as const) {
      test(`${what}, ${when}`, async t => {
        const setting = await makeHome(t);
        const run = setting.program.start();
        await told(setting, all => named(all, 'IO Port 1'));
        if (when === 'while it is down') await run.end();
        setting.program.configure({ ...setting.config, ...change });
        if (when === 'while it is down') setting.program.start();
        await cleared(setting);
      });
    }
  }

  test('and comes back with the switch', async t => {
    const setting = await makeHome(t);
    setting.program.start();
    await told(setting, all => named(all, 'IO Port 1'));
    setting.program.configure({ ...setting.config, homeAssistant: { enabled: true, discoveryPrefix: 'ha' } });
    await cleared(setting);
    const moved = await eventually('the new prefix', () =>
      setting.subscriber.payloads(topicOf(setting, 'ha')).at(-1),
    );
    setting.program.configure(setting.config);
    await cleared(setting, topicOf(setting, 'ha'));
    assert.deepEqual(await told(setting), JSON.parse(moved));
  });

  test('though the broker is away at that time', async t => {
    const setting = await makeHome(t, { broker: { persistent: true } });
    const run = setting.program.start();
    await told(setting, all => named(all, 'IO Port 1'));
    await setting.broker.stop();
    setting.program.configure({ ...setting.config, homeAssistant: false });
    await eventually('in use', () => run.stdout.includes(IN_USE));
    await run.end('SIGKILL');
    await setting.broker.start();
    setting.program.start();
    await cleared(setting);
  });
});

describe('Home Assistant reads', OPTIONS, () => {
  test('the topics of the route that its broker gets, and nothing where there is none', async t => {
    const other = await startMosquitto(t);
    const setting = await makeHome(t, {
      config: {
        routes: [
          { broker: 'other', format: 'onvif' },
          { broker: 'main', match: { topic: 'tns1:Device/**' }, topic: 'site/{serial}/{topic}/{source}' },
        ],
      },
    });
    const brokers = { main: { url: setting.broker.url }, other: { url: other.url, clientId: 'other' } };
    setting.program.configure({ ...setting.config, brokers, http: { port: await freePort() } });
    setting.program.start();
    const payload = await told(setting, all => named(all, 'IO Port 1'));
    assert.equal(
      named(payload, 'IO Port 1')?.state_topic,
      `site/${setting.device.serial}/Device/IO/Port/port=1`,
    );
    assert.equal(named(payload, 'Motion 0'), undefined);
    const kept = await eventually('states at the other', async () => {
      const topics = [...(await retained(other)).keys()];
      return topics.some(topic => topic.includes('/onvif-ej/')) && topics;
    });
    assert.deepEqual(
      kept.filter(topic => topic.startsWith('homeassistant/')),
      [],
    );
  });
});
