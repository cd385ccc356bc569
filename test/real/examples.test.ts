// The example of a door sensor as its page says it; and that both examples are valid as they stand.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { Device } from '../../src/simulator/device.ts';
import { makeProgram } from '../support/bridge-process.ts';
import { EXAMPLES } from '../support/broker-example.ts';
import { eventually } from '../support/eventually.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { subscribe } from '../support/subscriber.ts';
import { readUseCase, startDevices } from '../support/use-case.ts';

const AUDIT = 'axis2mqtt/bridge/main/audit';
const INPUT = 'axis2mqtt/yard/event/Device/IO/VirtualInput/port=2';
const { skip } = [need('mosquitto'), need('mosquitto_pub')].find(needed => needed.skip) ?? { skip: false };

for (const name of ['people-counting', 'door-sensor'])
  test(`${name}: the file is valid as it stands`, async t => {
    const program = await makeProgram(t);
    const file = join(EXAMPLES, '../examples', name, 'axis2mqtt.yaml');
    const run = program.start(['check', '--offline', '--config', file]);
    assert.equal((await run.ended()).code, 0, run.stdout + run.stderr);
  });

describe('a door sensor', { skip, concurrency: 3, timeout: 240_000 }, () => {
  test('that opens starts a siren and a recording, and what they answer and say comes back', async t => {
    const { siren, camera, sensor, told } = await start(t);
    sensor('sensors/backdoor/state', '{"open": true}');
    const report = await eventually('the report', () => told(AUDIT)[0]);
    assert.deepEqual([report.trigger, report.outcome], ['back door open', 'done']);
    assert.deepEqual(whats(siren), ['start Alarm']);
    assert.deepEqual(whats(camera).toSorted(), ['input 2 active', 'record SD_DISK', 'stop']);
    assert.deepEqual(told('alarms/backdoor'), [{ at: 'back door' }]);
    assert.deepEqual(told(INPUT)[0].data, { active: true });
    const recorded = await eventually('both ends of the recording', () => {
      const events = told('axis2mqtt/yard/event/Storage/Recording');
      return events.length === 2 && events;
    });
    assert.deepEqual(
      recorded.map(({ data }) => data.recording),
      ['1', '0'],
    );
  });

  test('that closes ends the siren', async t => {
    const { siren, sensor, told } = await start(t);
    sensor('sensors/backdoor/state', '{"open": true}');
    await eventually('the alarm', () => told(INPUT)[0]?.active === true);
    sensor('sensors/backdoor/state', '{"open": false}');
    await eventually('no alarm', () => told(INPUT)[1]?.active === false);
    assert.deepEqual(whats(siren), ['start Alarm', 'stop Alarm']);
  });

  test('is not needed for what `commands` name, and that alone', async t => {
    const { siren, camera, sensor, told } = await start(t);
    const answers = (topic: string) => told(topic).map(({ state, code = state }) => code);
    sensor('axis2mqtt/yard-siren/command/siren', '{"profile": "Alarm", "requestId": "1"}');
    sensor('axis2mqtt/yard/command/record', '{}');
    await eventually('two answers', () => answers('axis2mqtt/yard-siren/result/siren').length === 2);
    assert.deepEqual(answers('axis2mqtt/yard-siren/result/siren'), ['accepted', 'done']);
    await eventually('a refusal', () => answers('axis2mqtt/yard/result/record').length > 0);
    assert.deepEqual(answers('axis2mqtt/yard/result/record'), ['NOT_ALLOWED']);
    assert.deepEqual([whats(siren), whats(camera)], [['start Alarm'], []]);
  });
});

/** The example with both devices heard, and a recording of a second instead of half a minute. */
async function start(t: TestContext) {
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
  // The door opens and closes, and commands may come.
  await broker.subscribed('sensors/backdoor/state', 2);
  await broker.subscribed('axis2mqtt/+/command/+');
  for (const id of ['yard', 'yard-siren'])
    await eventually(id, () => told(`axis2mqtt/${id}/availability`).at(-1)?.state === 'online');
  return { siren, camera, told, sensor: sensorOf(broker.port) };
}

/** What a device was made to do; a recording's ID is left out. */
function whats({ acted }: Device): string[] {
  return acted.map(({ what }) => what.replace(/ \d{8}_\w+$/, ''));
}

/** Runs the very line of the page that publishes this, at another port. */
function sensorOf(port: number): (topic: string, payload: string) => void {
  const page = readUseCase('door-sensor/README.md');
  return (topic, payload) => {
    const line = `mosquitto_pub -q 1 -t ${topic} -m '${payload}'`;
    assert.ok(page.includes(`\n${line}\n`), line);
    execFileSync('sh', ['-c', `${line} -p ${port}`]);
  };
}
