// MQTT to device: a door sensor starts a siren and a recording, and what becomes of it when something is missing.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { connectAsync, type IClientPublishOptions } from 'mqtt';
import type { Device } from '../../src/simulator/device.ts';
import type { DeviceOptions } from '../../src/simulator/options.ts';
import { createDevice } from '../../src/simulator/simulator.ts';
import { available, makeSetting, type Setting, startCamera } from '../support/bridge-setting.ts';
import { createHunt } from '../support/canary.ts';
import { eventually } from '../support/eventually.ts';
import { need } from '../support/need.ts';

const OPTIONS = { ...need('mosquitto'), concurrency: 3, timeout: 240_000 };
const VIRTUAL_INPUT = 'tns1:Device/tnsaxis:IO/VirtualInput';
const DOOR = {
  name: 'back door',
  topic: 'sensors/backdoor/state',
  when: { open: true },
  do: [
    { camera: 'yard-siren', action: 'siren', profile: 'Alarm' },
    { camera: 'entrance', action: 'record' },
  ],
};

interface House extends Setting {
  siren: Device;
  /** Publishes at the broker, as a sensor does. */
  publish(topic: string, payload: string | object, options?: IClientPublishOptions): Promise<void>;
}

interface Given {
  siren?: DeviceOptions;
  sirenCamera?: Record<string, unknown>;
  config?: Record<string, unknown>;
  persistent?: boolean;
}

/** `entrance` records, `yard-siren` howls; the door's trigger unless `config` has others. Both are heard. */
async function start(t: TestContext, { siren: options = {}, ...given }: Given = {}): Promise<House> {
  const siren = createDevice({ serial: 'ACCC8E00FF01', ...options });
  t.after(() => siren.stop());
  const setting = await makeSetting(t, {
    camera: { commands: ['record', 'virtual-input'] },
    broker: { persistent: given.persistent ?? false },
    config: { triggers: [DOOR], actions: { audit: true }, ...given.config },
  });
  const camera = { ...(await startCamera(siren, 'yard-siren')), commands: ['siren'], ...given.sirenCamera };
  setting.config.cameras.push(camera);
  setting.program.configure(setting.config);
  return {
    ...setting,
    siren,
    async publish(topic, payload, how = {}) {
      const client = await connectAsync(setting.broker.url, { protocolVersion: 5 });
      const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
      await client.publishAsync(topic, text, { qos: 1, ...how });
      await client.endAsync();
    },
  };
}

async function run(house: House) {
  const running = house.program.start();
  await available(house.subscriber, 'online');
  await eventually('it reads', () => running.log().some(({ msg }) => msg === 'reads from the broker'));
  const triggers = house.config['triggers'] as { topic?: string; armed?: { topic?: string } }[];
  const topics = triggers.flatMap(({ topic, armed }) => [topic, armed?.topic]).filter(topic => topic);
  for (const topic of ['axis2mqtt/+/command/+', ...topics])
    await eventually(`it subscribes to ${topic}`, () => house.broker.log().includes(`${topic} (QoS`));
  return running;
}

/** Publishes it and waits until the bridge has acknowledged it. */
async function tell(house: House, topic: string, payload: string): Promise<void> {
  const from = house.broker.log().length;
  await house.publish(topic, payload, { retain: true });
  const sent = new RegExp(`Sending PUBLISH to (\\S+) \\(d0, q1, r., m(\\d+), '${topic}'`);
  await eventually(`${topic} is taken`, () => {
    const log = house.broker.log().slice(from);
    const [, reader, id] = sent.exec(log) ?? [];
    return reader !== undefined && log.includes(`Received PUBACK from ${reader} (Mid: ${id},`);
  });
}

const whats = ({ acted }: Device) => acted.map(({ api, what }) => `${api}: ${what}`);

function told({ subscriber }: Setting, topic: string): Record<string, unknown>[] {
  return subscriber.payloads(topic).map(payload => JSON.parse(payload));
}

const AUDIT = 'axis2mqtt/bridge/main/audit';

interface Report {
  trigger: string;
  outcome: string;
  steps: Record<string, unknown>[];
}

const reportsOf = (house: Setting) => told(house, AUDIT) as unknown as Report[];

describe('a door sensor', OPTIONS, () => {
  test('starts a siren and a recording on two devices', async t => {
    const house = await start(t);
    await run(house);
    await house.publish('sensors/backdoor/state', { open: false });
    await house.publish('sensors/backdoor/state', { open: true });
    const report = await eventually('a report', () => reportsOf(house)[0]);
    assert.deepEqual(whats(house.siren), ['siren: start Alarm']);
    assert.equal(house.device.equipment.recordings.size, 1);
    assert.deepEqual([report.trigger, report.outcome], ['back door', 'done']);
    assert.deepEqual(
      report.steps.map(({ camera, state }) => [camera, state]),
      [
        ['yard-siren', 'done'],
        ['entrance', 'done'],
      ],
    );
    const [id] = house.device.equipment.recordings;
    assert.deepEqual(report.steps[1]?.['answer'], { recordingId: id });
  });

  test('starts the recording where the siren is missing, and the report says so', async t => {
    const house = await start(t, { siren: { http: { omit: ['siren'] } } });
    await run(house);
    await house.publish('sensors/backdoor/state', { open: true });
    const { outcome, steps } = await eventually('a report', () => reportsOf(house)[0]);
    assert.equal(house.device.equipment.recordings.size, 1);
    assert.deepEqual([outcome, steps[0]?.['code'], steps[1]?.['state']], ['failed', 'NOT_FOUND', 'done']);
  });

  test('does nothing by a message that the broker had kept', async t => {
    const house = await start(t);
    await house.publish('sensors/backdoor/state', { open: true }, { retain: true });
    await house.publish('axis2mqtt/yard-siren/command/siren', { profile: 'Alarm' }, { retain: true });
    const running = await run(house);
    await house.publish('sensors/backdoor/state', { open: true });
    await eventually('a report', () => reportsOf(house)[0]);
    assert.deepEqual(whats(house.siren), ['siren: start Alarm']);
    assert.equal(reportsOf(house).length, 1);
    await running.end();
  });

  test('that is armed by another topic acts only while that says so', async t => {
    const armed = { topic: 'alarm/state', text: 'armed' };
    const house = await start(t, { config: { triggers: [{ ...DOOR, armed }] } });
    await run(house);
    await house.publish('sensors/backdoor/state', { open: true });
    await tell(house, 'alarm/state', 'armed');
    await house.publish('sensors/backdoor/state', { open: true });
    await eventually('a report', () => reportsOf(house)[0]);
    await tell(house, 'alarm/state', 'off');
    await house.publish('sensors/backdoor/state', { open: true });
    const metrics = await eventually('three are counted', async () => {
      const text = await (await fetch(`http://127.0.0.1:${house.httpPort}/metrics`)).text();
      return text.includes('outcome="disarmed"} 2') && text;
    });
    assert.match(metrics, /axis2mqtt_triggers\{trigger="back door",outcome="done"\} 1/);
    assert.equal(whats(house.siren).length, 1);
  });

  test('in a dry run is only told of', async t => {
    const house = await start(t, { config: { triggers: [{ ...DOOR, dryRun: true }] } });
    await run(house);
    await house.publish('sensors/backdoor/state', { open: true });
    const report = await eventually('a report', () => reportsOf(house)[0]);
    assert.equal(report.outcome, 'dryRun');
    assert.deepEqual([house.siren.acted, house.device.acted], [[], []]);
  });

  test('acts by a trigger that was added while it ran', async t => {
    const house = await start(t, { config: { triggers: [] } });
    await run(house);
    house.program.configure({ ...house.config, triggers: [DOOR] });
    await eventually('the siren', async () => {
      await house.publish('sensors/backdoor/state', { open: true });
      return house.siren.acted[0];
    });
    house.program.configure({ ...house.config, triggers: [] });
    await eventually('no more', () =>
      /Received UNSUBSCRIBE from axis2mqtt-main-reader/.test(house.broker.log()),
    );
    // A device does one thing after another: what came before the answer is done.
    const later = async (count: number) => {
      await house.publish('axis2mqtt/yard-siren/command/siren', { profile: 'none' });
      await eventually('the answer', () => {
        const answers = told(house, 'axis2mqtt/yard-siren/result/siren').filter(({ code }) => code);
        return answers.length === count;
      });
    };
    await later(1);
    const before = house.siren.acted.length;
    await house.publish('sensors/backdoor/state', { open: true });
    await later(2);
    assert.equal(house.siren.acted.length, before);
  });
});

describe('a command', OPTIONS, () => {
  const SIREN = 'axis2mqtt/yard-siren/command/siren';
  const RESULT = 'axis2mqtt/yard-siren/result/siren';

  test('is answered, also on the response topic', async t => {
    const house = await start(t);
    await run(house);
    const properties = {
      responseTopic: 'axis2mqtt/response/app',
      correlationData: Buffer.from('42'),
      userProperties: { user: 'anna' },
    };
    await house.publish(SIREN, { profile: 'Alarm', requestId: 'r1' }, { properties });
    await eventually('both answers', () => told(house, 'axis2mqtt/response/app').length === 2);
    assert.deepEqual(told(house, RESULT), told(house, 'axis2mqtt/response/app'));
    assert.deepEqual(
      told(house, RESULT).map(({ state, requestId }) => [state, requestId]),
      [
        ['accepted', 'r1'],
        ['done', 'r1'],
      ],
    );
    const responses = house.subscriber.received.filter(({ topic }) => topic === 'axis2mqtt/response/app');
    assert.deepEqual(
      responses.map(message => String(message.properties?.correlationData)),
      ['42', '42'],
    );
    const [line] = await eventually('the audit line', () => told(house, AUDIT)[0] && told(house, AUDIT));
    assert.deepEqual(line?.['by'], { broker: 'main', topic: SIREN, properties: { user: 'anna' } });
  });

  test('that the camera does not allow reaches no device', async t => {
    const house = await start(t, { sirenCamera: { commands: [] } });
    await run(house);
    await house.publish(SIREN, { profile: 'Alarm' });
    const answer = await eventually('an answer', () => told(house, RESULT)[0]);
    assert.equal(answer['code'], 'NOT_ALLOWED');
    assert.deepEqual(house.siren.acted, []);
  });

  test('is answered once the broker is back, and a slow device is no trouble of another', async t => {
    const house = await start(t, { siren: { http: { delayMs: 3_000 } }, persistent: true });
    await run(house);
    await house.publish(SIREN, { profile: 'Alarm' });
    await house.publish('axis2mqtt/entrance/command/record', {});
    await eventually('the other device', () => house.device.acted[0]);
    assert.deepEqual(house.siren.acted, []);
    await house.broker.stop();
    await eventually('the siren', () => house.siren.acted[0]);
    await house.broker.start();
    const answers = await eventually('the answer', () => {
      const all = told(house, RESULT);
      return all.some(({ state }) => state === 'done') && all;
    });
    assert.ok(Number(answers.at(-1)?.['ms']) >= 3_000);
    assert.deepEqual(whats(house.siren), ['siren: start Alarm']);
  });

  test('fails with a wrong password, which stands nowhere', async t => {
    const hunt = createHunt();
    const password = hunt.plant('the password', 'root:AXIS_ACCC8E00FF01');
    const house = await start(t, { sirenCamera: { password } });
    const running = await run(house);
    await house.publish(SIREN, { profile: 'Alarm' });
    const answer = await eventually('an answer', () =>
      told(house, RESULT).find(({ state }) => state === 'failed'),
    );
    assert.equal(answer['code'], 'AUTH');
    assert.ok(!JSON.stringify(answer).includes(house.siren.host));
    await eventually('the audit line', () => told(house, AUDIT)[0]);
    await running.end();
    hunt.addMessages('message', house.subscriber.received);
    hunt.add('log', running.stdout + running.stderr);
    hunt.addFolder(house.program.directory, [house.program.file]);
    assert.deepEqual(hunt.found(), []);
    assert.deepEqual(house.siren.acted, []);
  });

  test('for a device of another bridge is left to that', async t => {
    const house = await start(t);
    await run(house);
    await house.publish('axis2mqtt/elsewhere/command/siren', { profile: 'Alarm' });
    await house.publish(SIREN, { profile: 'Alarm' });
    await eventually('ours', () => told(house, RESULT).length === 2);
    assert.deepEqual(told(house, 'axis2mqtt/elsewhere/result/siren'), []);
  });
});

describe('an event of a device', OPTIONS, () => {
  const on = { camera: 'entrance', topic: VIRTUAL_INPUT, source: { port: 1 } };

  test('acts on another without a broker', async t => {
    const event = { name: 'input', on, when: { active: true }, do: [DOOR.do[0]] };
    const house = await start(t, { config: { triggers: [event] } });
    await run(house);
    await available(house.subscriber, 'online');
    await house.broker.kill();
    const input = { source: { port: '1' }, data: { active: '1' } };
    await eventually('the siren', () => {
      house.device.emit(VIRTUAL_INPUT, { ...input, data: { active: '0' } });
      house.device.emit(VIRTUAL_INPUT, input);
      return house.siren.acted[0];
    });
  });

  test('that its own action causes does so three times, and is then stopped with an error', async t => {
    const step = { camera: 'entrance', action: 'virtual-input', port: 1 };
    const steps = [
      { ...step, state: 'off' },
      { ...step, state: 'on' },
    ];
    const event = { name: 'circle', on, when: { active: true }, do: steps };
    const house = await start(t, { config: { triggers: [event] } });
    const running = await run(house);
    await house.publish('axis2mqtt/entrance/command/virtual-input', { port: 1, state: 'on', for: '100ms' });
    await eventually('the error', () => running.log().some(({ code }) => code === 'LOOP'));
    await house.publish('axis2mqtt/entrance/command/virtual-input', { port: 1, state: 'on', for: '100ms' });
    await eventually('the second time', async () => {
      const metrics = await (await fetch(`http://127.0.0.1:${house.httpPort}/metrics`)).text();
      const [, looped = '0'] =
        /axis2mqtt_triggers\{trigger="circle",outcome="looped"\} (\d+)/.exec(metrics) ?? [];
      return Number(looped) >= 2;
    });
    const lines = running.log().filter(({ code }) => code === 'LOOP');
    assert.deepEqual(
      lines.map(({ trigger }) => trigger),
      ['circle'],
    );
  });

  test('that comes of its own commands at a broker is stopped too', async t => {
    const command = (active: boolean) => ({
      name: `turn ${active ? 'off' : 'on'}`,
      on,
      when: { active },
      do: [
        {
          publish: {
            topic: 'axis2mqtt/entrance/command/virtual-input',
            payload: { port: 1, state: active ? 'off' : 'on' },
          },
        },
      ],
    });
    const house = await start(t, { config: { triggers: [command(true), command(false)] } });
    const running = await run(house);
    await house.publish('axis2mqtt/entrance/command/virtual-input', { port: 1, state: 'on' });
    await eventually('the error', () => running.log().some(({ code }) => code === 'LOOP'));
  });
});

test('a message that has expired before its trigger acts publishes nothing', OPTIONS, async t => {
  const late = {
    ...{ name: 'late', topic: 'sensors/late', when: { open: true }, for: '2s' },
    do: [{ publish: { topic: 'alarms/late', payload: 'x' } }],
  };
  const house = await start(t, { config: { triggers: [late] } });
  await run(house);
  await house.publish('sensors/late', { open: true }, { properties: { messageExpiryInterval: 1 } });
  const report = await eventually('a report', () => reportsOf(house)[0]);
  assert.deepEqual([report.outcome, report.steps[0]?.['code']], ['failed', 'EXPIRED']);
  assert.deepEqual(house.subscriber.payloads('alarms/late'), []);
});
