// MQTT to device: a door sensor starts a siren and a recording, and what becomes of it when something is missing.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { available } from '../support/bridge-setting.ts';
import { eventually } from '../support/eventually.ts';
import { DOOR, type Given, reportsOf, runHouse, startHouse, tell, told, whats } from '../support/house.ts';
import { need } from '../support/need.ts';

const OPTIONS = { ...need('mosquitto'), concurrency: 3, timeout: 240_000 };
const VIRTUAL_INPUT = 'tns1:Device/tnsaxis:IO/VirtualInput';

describe('a door sensor', OPTIONS, () => {
  test('starts a siren and a recording on two devices', async t => {
    const house = await startHouse(t);
    await runHouse(house);
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

  const failures: [what: string, given: Given, code: string][] = [
    ['is missing', { siren: { http: { omit: ['siren'] } } }, 'NOT_FOUND'],
    ['does not take the password', { sirenCamera: { password: 'wrong' } }, 'AUTH'],
  ];
  for (const [what, given, code] of failures) {
    test(`starts the recording where the siren ${what}, and the report says so`, async t => {
      const house = await startHouse(t, given);
      await runHouse(house);
      await house.publish('sensors/backdoor/state', { open: true });
      const { outcome, steps } = await eventually('a report', () => reportsOf(house)[0]);
      assert.equal(house.device.equipment.recordings.size, 1);
      assert.deepEqual([outcome, steps[0]?.['code'], steps[1]?.['state']], ['failed', code, 'done']);
    });
  }

  test('reports once the broker is back, with a siren that is slow', async t => {
    const house = await startHouse(t, { siren: { http: { delayMs: 2_000 } }, persistent: true });
    await runHouse(house);
    const asked = () => house.siren.stats.http['POST'] ?? 0;
    const before = asked();
    await house.publish('sensors/backdoor/state', { open: true });
    await eventually('the siren is asked', () => asked() > before);
    await house.broker.stop();
    await eventually('both act', () => house.siren.acted[0] && house.device.acted[0]);
    await house.broker.start();
    const { outcome, steps } = await eventually('a report', () => reportsOf(house)[0]);
    assert.deepEqual([outcome, steps.map(({ state }) => state)], ['done', ['done', 'done']]);
  });

  test('does nothing by a message that the broker had kept', async t => {
    const house = await startHouse(t);
    await house.publish('sensors/backdoor/state', { open: true }, { retain: true });
    await house.publish('axis2mqtt/yard-siren/command/siren', { profile: 'Alarm' }, { retain: true });
    const running = await runHouse(house);
    await house.publish('sensors/backdoor/state', { open: true });
    await eventually('a report', () => reportsOf(house)[0]);
    assert.deepEqual(whats(house.siren), ['siren: start Alarm']);
    assert.equal(reportsOf(house).length, 1);
    await running.end();
  });

  test('that is armed by another topic acts only while that says so', async t => {
    const armed = { topic: 'alarm/state', text: 'armed' };
    const house = await startHouse(t, { config: { triggers: [{ ...DOOR, armed }] } });
    await runHouse(house);
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
    const house = await startHouse(t, { config: { triggers: [{ ...DOOR, dryRun: true }] } });
    await runHouse(house);
    await house.publish('sensors/backdoor/state', { open: true });
    const report = await eventually('a report', () => reportsOf(house)[0]);
    assert.equal(report.outcome, 'dryRun');
    assert.deepEqual([house.siren.acted, house.device.acted], [[], []]);
  });

  test('acts by a trigger that was added while it ran', async t => {
    const house = await startHouse(t, { config: { triggers: [] } });
    await runHouse(house);
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

describe('an event of a device', OPTIONS, () => {
  const on = { camera: 'entrance', topic: VIRTUAL_INPUT, source: { port: 1 } };

  test('acts on another without a broker', async t => {
    const event = { name: 'input', on, when: { active: true }, do: [DOOR.do[0]] };
    const house = await startHouse(t, { config: { triggers: [event] } });
    await runHouse(house);
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
    const house = await startHouse(t, { config: { triggers: [event] } });
    const running = await runHouse(house);
    await house.publish('axis2mqtt/entrance/command/virtual-input', { port: 1, state: 'on', for: '100ms' });
    await eventually('the error', () => running.log().some(({ code }) => code === 'LOOP'));
    for (const state of ['off', 'on'])
      await house.publish('axis2mqtt/entrance/command/virtual-input', { port: 1, state });
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
    const house = await startHouse(t, { config: { triggers: [command(true), command(false)] } });
    const running = await runHouse(house);
    await house.publish('axis2mqtt/entrance/command/virtual-input', { port: 1, state: 'on' });
    await eventually('the error', () => running.log().some(({ code }) => code === 'LOOP'));
  });
});

test('a message that has expired before its trigger acts publishes nothing', OPTIONS, async t => {
  const late = {
    ...{ name: 'late', topic: 'sensors/late', when: { open: true }, for: '2s' },
    do: [{ publish: { topic: 'alarms/late', payload: 'x' } }],
  };
  const house = await startHouse(t, { config: { triggers: [late] } });
  await runHouse(house);
  await house.publish('sensors/late', { open: true }, { properties: { messageExpiryInterval: 1 } });
  const report = await eventually('a report', () => reportsOf(house)[0]);
  assert.deepEqual([report.outcome, report.steps[0]?.['code']], ['failed', 'EXPIRED']);
  assert.deepEqual(house.subscriber.payloads('alarms/late'), []);
});
