// The example of a door sensor as its page says it; and that both examples are valid as they stand.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Device } from '../../src/simulator/device.ts';
import { makeProgram } from '../support/bridge-process.ts';
import { EXAMPLES } from '../support/broker-example.ts';
import { eventually } from '../support/eventually.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { subscribe } from '../support/subscriber.ts';
import { readUseCase, startDevices } from '../support/use-case.ts';

const AUDIT = 'axis2mqtt/bridge/main/audit';

for (const name of ['people-counting', 'door-sensor'])
  test(`${name}: the file is valid as it stands`, async t => {
    const program = await makeProgram(t);
    const file = join(EXAMPLES, '../examples', name, 'axis2mqtt.yaml');
    const run = program.start(['check', '--offline', '--config', file]);
    assert.equal((await run.ended()).code, 0, run.stdout + run.stderr);
  });

describe('a door sensor', { ...need('mosquitto'), timeout: 60_000 }, () => {
  test('starts a siren and a recording, and what they answer and say comes back', async t => {
    const { devices, changes } = await startDevices(t, [{}, {}]);
    const [siren, camera] = devices;
    assert.ok(siren && camera);
    const broker = await startMosquitto(t);
    const config = readUseCase('door-sensor/axis2mqtt.yaml', {
      ...changes,
      '127.0.0.1:1883': `127.0.0.1:${broker.port}`,
      'for: 30s': 'for: 1s',
    });
    const program = await makeProgram(t, `${config}\nhttp: false\n`);
    const { payloads } = await subscribe(t, broker.url);
    const told = (topic: string) => payloads(topic).map(payload => JSON.parse(payload));
    program.start();
    await eventually('it listens', () => /SUBSCRIBE from axis2mqtt-main-reader/.test(broker.log()));
    await eventually('it hears', () => told('axis2mqtt/yard/availability').at(-1)?.state === 'online');
    const sensor = sensorOf(broker.port);
    const whats = ({ acted }: Device) => acted.map(({ what }) => what.replace(/ \d{8}_\w+$/, ''));

    sensor('sensors/backdoor/state', '{"open": true}');
    const [opened] = await eventually('the report', () => told(AUDIT)[0] && told(AUDIT));
    assert.deepEqual([opened.trigger, opened.outcome], ['back door open', 'done']);
    assert.deepEqual(whats(siren), ['start Alarm']);
    assert.deepEqual(whats(camera).toSorted(), ['input 2 active', 'record SD_DISK', 'stop']);
    assert.deepEqual(told('alarms/backdoor'), [{ at: 'back door' }]);
    const input = 'axis2mqtt/yard/event/Device/IO/VirtualInput/port=2';
    const recorded = 'axis2mqtt/yard/event/Storage/Recording';
    await eventually('both ends of the recording', () => told(recorded).length === 2);
    assert.deepEqual(
      told(recorded).map(({ data }) => data.recording),
      ['1', '0'],
    );
    assert.deepEqual(told(input)[0].data, { active: true });

    sensor('sensors/backdoor/state', '{"open": false}');
    const closed = await eventually('the other report', () => told(AUDIT)[1]);
    assert.deepEqual([closed.trigger, closed.outcome], ['back door closed', 'done']);
    assert.deepEqual(whats(siren), ['start Alarm', 'stop Alarm']);
    await eventually('the input is off', () => told(input).at(-1).active === false);

    sensor('axis2mqtt/yard-siren/command/siren', '{"profile": "Alarm", "requestId": "1"}');
    sensor('axis2mqtt/yard/command/record', '{}');
    const answers = (topic: string) => told(topic).map(({ state, code }) => code ?? state);
    await eventually('two answers', () => answers('axis2mqtt/yard-siren/result/siren').length === 2);
    assert.deepEqual(answers('axis2mqtt/yard-siren/result/siren'), ['accepted', 'done']);
    await eventually('a refusal', () => answers('axis2mqtt/yard/result/record')[0]);
    assert.deepEqual(answers('axis2mqtt/yard/result/record'), ['NOT_ALLOWED']);
  });
});

/** Runs the very line of the page that publishes this, at another port. */
function sensorOf(port: number): (topic: string, payload: string) => void {
  const page = readUseCase('door-sensor/README.md');
  return (topic, payload) => {
    const line = `mosquitto_pub -q 1 -t ${topic} -m '${payload}'`;
    assert.ok(page.includes(`\n${line}\n`), line);
    execFileSync('sh', ['-c', `${line} -p ${port}`]);
  };
}
