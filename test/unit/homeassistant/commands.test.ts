import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACTIONS } from '../../../src/actions/table.ts';
import type { ShownCommands, Subject } from '../../../src/homeassistant/types.ts';
import { items } from '../../support/notification.ts';
import { componentsOf, discover, shown, subject } from './helper.ts';

const TOPIC = 'axis2mqtt/entrance/command';

function allowing(allowed: string[], change: Partial<ShownCommands> = {}): ShownCommands {
  const ports = { count: 2, outputs: [2] };
  return { topic: TOPIC, allowed, profiles: ['Alarm', 'Profile 1'], ports, ...change };
}

const offered = (commands: ShownCommands, subjects: Subject[] = []) => componentsOf({ subjects, commands });
const names = (commands: ShownCommands) =>
  offered(commands).map(({ platform, name }) => `${platform} ${name}`);
const portSaid = (port: string) => subject({ source: items({ port }), mqttTopic: `events/port=${port}` });

test('a command without parameters is a button that sends none', () => {
  const [record, ...others] = offered(allowing(['record']));
  assert.deepEqual(others, []);
  assert.deepEqual(record, {
    platform: 'button',
    unique_id: record?.unique_id,
    name: 'Record',
    icon: 'mdi:record-rec',
    qos: 1,
    command_topic: 'axis2mqtt/entrance/command/record',
    payload_press: '{}',
  });
});

test('what needs parameters that nobody can choose is not offered, nor is what is not allowed', () => {
  const choosing = ['virtual-input', 'audio-clip', 'ptz-preset', 'light', 'overlay-text', 'record-stop'];
  assert.deepEqual(names(allowing([...choosing, 'output-pulse'])), []);
  assert.deepEqual(names(allowing([])), []);
});

describe('a siren', () => {
  test('that may be stopped has the device’s profiles as its tones', () => {
    const [, siren] = offered(allowing(['siren', 'siren-stop']));
    assert.equal(siren?.platform, 'siren');
    assert.equal(siren?.command_topic, `${TOPIC}/siren`);
    assert.deepEqual(siren?.available_tones, ['Alarm', 'Profile 1']);
    assert.deepEqual([siren?.support_duration, siren?.support_volume_set], [false, false]);
  });

  test('that may not is a button for each profile, since Home Assistant’s could be turned off', () => {
    const buttons = offered(allowing(['siren']));
    assert.deepEqual(
      buttons.map(({ name, payload_press }) => [name, payload_press]),
      [
        ['Siren Alarm', '{"profile":"Alarm"}'],
        ['Siren Profile 1', '{"profile":"Profile 1"}'],
      ],
    );
  });

  test('of a device that names no profile is none', () => {
    assert.deepEqual(names(allowing(['siren', 'siren-stop'], { profiles: [] })), [
      'button Stop siren and light',
    ]);
  });

  test('never has a name that the device chose in a template', () => {
    const profiles = ["x'}}{% for a in range(9) %}"];
    const [, siren] = offered(allowing(['siren', 'siren-stop'], { profiles }));
    assert.ok(!`${siren?.command_template}${siren?.command_off_template}`.includes('range'));
    assert.deepEqual([siren?.payload_on, siren?.available_tones], [profiles[0], profiles]);
  });
});

describe('an output', () => {
  const outputs = allowing(['output']);
  const switchOf = (...said: string[]) =>
    offered(outputs, said.map(portSaid)).find(({ platform }) => platform === 'switch');

  test('is a switch for each port that can be set', () => {
    const two = allowing(['output'], { ports: { count: 3, outputs: [2, 3] } });
    assert.deepEqual(names(two), ['switch Output 2', 'switch Output 3']);
    const { command_topic, payload_on, payload_off } = switchOf() ?? {};
    assert.equal(command_topic, `${TOPIC}/output`);
    assert.deepEqual([payload_on, payload_off], ['{"port":2,"state":"on"}', '{"port":2,"state":"off"}']);
  });

  test('tells its state by the events where their numbers can be told to count from 1', () => {
    assert.equal(switchOf('1', '2')?.state_topic, 'events/port=2');
  });

  test('or from 0', () => {
    assert.equal(switchOf('0', '1')?.state_topic, 'events/port=1');
    assert.equal(switchOf('-1', '0')?.state_topic, undefined);
  });

  test('and is assumed where they cannot', () => {
    for (const said of [['1'], ['0', '1', '2'], []]) {
      const { state_topic, optimistic } = switchOf(...said) ?? {};
      assert.deepEqual([state_topic, optimistic], [undefined, true]);
    }
  });

  test('is not by what another topic says of a port', () => {
    const other = subject({ topic: 'tns1:Device/tnsaxis:IO/VirtualPort', source: items({ port: '2' }) });
    assert.equal(offered(outputs, [other]).at(0)?.optimistic, true);
  });
});

test('every offered payload is one that the action takes', () => {
  const all = allowing(Object.keys(ACTIONS));
  const sent = offered({ ...all, allowed: all.allowed.filter(name => name !== 'siren-stop') }).flatMap(
    ({ command_topic = '', payload_press, payload_on, payload_off }) =>
      [payload_press, payload_on, payload_off].flatMap(payload =>
        payload === undefined ? [] : [[command_topic.slice(TOPIC.length + 1), payload] as const],
      ),
  );
  assert.equal(sent.length, 8);
  for (const [action, payload] of sent)
    assert.deepEqual(ACTIONS[action]?.check(JSON.parse(payload)).ok, true, `${action} ${payload}`);
});

test('entities of commands are the same for ever, and none is another', () => {
  const idsOf = (commands: ShownCommands) => offered(commands).map(({ unique_id }) => unique_id);
  const all = allowing(Object.keys(ACTIONS));
  const ids = idsOf(all);
  assert.equal(new Set(ids).size, ids.length);
  const moved = allowing([...all.allowed].reverse(), {
    topic: 'elsewhere',
    profiles: ['Profile 1', 'Alarm'],
  });
  assert.deepEqual(idsOf(moved).sort(), [...ids].sort());
  assert.deepEqual(idsOf(allowing(['record'])), ['axis2mqtt_ACCC8E012345_fc3540deabc89cef']);
});

test('a device that has a thousand states is offered its commands all the same', () => {
  const subjects = Array.from({ length: 1000 }, (_, port) => portSaid(String(port)));
  const { components } = discover(shown({ subjects, commands: allowing(['record']) }));
  assert.ok(Object.values(components).some(({ name }) => name === 'Record'));
});
