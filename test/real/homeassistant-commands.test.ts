// What Home Assistant sends for its buttons, sirens and switches makes the device act.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { connectAsync } from 'mqtt';
import { retained, type Setting } from '../support/bridge-setting.ts';
import { eventually } from '../support/eventually.ts';
import { assertSameAgain, makeHome, named, told, topicOf } from '../support/homeassistant-setting.ts';
import { needJinja, render } from '../support/jinja.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';

const OPTIONS = { ...need('mosquitto'), concurrency: 3, timeout: 240_000 };
const ALL = ['record', 'siren', 'siren-stop', 'output'];

async function start(t: TestContext) {
  const setting = await makeHome(t, { camera: { commands: ALL } });
  const run = setting.program.start();
  await setting.broker.subscribed('axis2mqtt/+/command/+');
  return { ...setting, run };
}

const acted = ({ device }: Setting) => device.acted.map(({ api, what }) => `${api}: ${what}`);

/** As Home Assistant sends it, once its template is rendered. */
async function send({ broker }: Setting, topic = '', payload = ''): Promise<void> {
  const client = await connectAsync(broker.url);
  await client.publishAsync(topic, payload, { qos: 1 });
  await client.endAsync();
}

describe('a command of Home Assistant', OPTIONS, () => {
  test('is a button that records', async t => {
    const setting = await start(t);
    const record = named(await told(setting, all => named(all, 'Record')), 'Record');
    await send(setting, record?.command_topic, record?.payload_press);
    await eventually('the recording', () => setting.device.equipment.recordings.size === 1);
  });

  test('is a siren with the tones of the device, on and off', needJinja(), async t => {
    const setting = await start(t);
    const siren = named(await told(setting, all => named(all, 'Siren')), 'Siren');
    const { command_topic, command_template = '', command_off_template = '', payload_on = '' } = siren ?? {};
    assert.deepEqual(siren?.available_tones, ['Alarm', 'Profile 1']);
    // Home Assistant's `value` is the payload for on, its `tone` what somebody chose.
    await send(setting, command_topic, render(command_template, payload_on));
    await eventually('on', () => acted(setting).length === 1);
    const chosen = render(`{% set tone = 'Profile 1' %}${command_template}`, payload_on);
    await send(setting, command_topic, chosen);
    await eventually('the other tone', () => acted(setting).length === 2);
    await send(setting, command_topic, render(command_off_template, 'OFF'));
    await eventually('off', () => acted(setting).length === 3);
    assert.deepEqual(acted(setting), [
      'siren: start Alarm',
      'siren: start Profile 1',
      'siren: stop all siren light',
    ]);
  });

  test('is a switch that shows the state that the device says', needJinja(), async t => {
    const setting = await start(t);
    const known = named(await told(setting, all => named(all, 'Output 3')), 'Output 3');
    assert.equal(known?.optimistic, true, 'the device has said nothing yet that tells how it counts');
    await send(setting, known?.command_topic, known?.payload_on);
    const output = named(
      await told(setting, all => named(all, 'Output 3')?.state_topic !== undefined),
      'Output 3',
    );
    const state = (await retained(setting.broker)).get(output?.state_topic ?? '') ?? '';
    assert.equal(render(output?.value_template ?? '', state), output?.state_on);
    await send(setting, output?.command_topic, output?.payload_off);
    await eventually('off', () => {
      const last = setting.subscriber.payloads(output?.state_topic ?? '').at(-1) ?? '';
      return render(output?.value_template ?? '', last) === output?.state_off;
    });
  });

  test('goes when it is no longer allowed', async t => {
    const setting = await start(t);
    const before = await told(setting, all => named(all, 'Siren') && named(all, 'IO Port 1'));
    const [key = ''] = Object.entries(before.components).find(([, { name }]) => name === 'Siren') ?? [];
    const cameras = setting.config.cameras.map(camera => ({ ...camera, commands: ['record'] }));
    setting.program.configure({ ...setting.config, cameras });
    const after = await told(setting, all => named(all, 'Siren') === undefined);
    assert.deepEqual(after.components[key], { platform: 'siren' });
    assert.ok(named(after, 'Record'));
  });

  test('stays over a restart, in which nothing goes meanwhile', async t => {
    const { run, ...setting } = await start(t);
    await told(setting, all => named(all, 'Siren') && named(all, 'Motion 0'));
    await run.end();
    await assertSameAgain(setting);
  });

  test('is shown at the broker from which it is taken, and at no other', async t => {
    const other = await startMosquitto(t);
    const setting = await makeHome(t, {
      camera: { commands: ALL },
      config: { actions: { broker: 'other' } },
    });
    const brokers = { main: { url: setting.broker.url }, other: { url: other.url, clientId: 'other' } };
    setting.program.configure({ ...setting.config, brokers });
    setting.program.start();
    await eventually('the siren at the other', async () =>
      (await retained(other)).get(topicOf(setting))?.includes('command_topic'),
    );
    const payload = await told(setting, all => named(all, 'IO Port 1'));
    const commanded = Object.values(payload.components).filter(({ command_topic }) => command_topic);
    assert.deepEqual(commanded, []);
  });
});
