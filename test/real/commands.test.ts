// Commands at a real broker: answered, refused, late, and with a wrong password (DESIGN 3.6).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createHunt } from '../support/canary.ts';
import { eventually } from '../support/eventually.ts';
import { AUDIT, runHouse, startHouse, told, whats } from '../support/house.ts';
import { need } from '../support/need.ts';

const OPTIONS = { ...need('mosquitto'), concurrency: 3, timeout: 240_000 };

describe('a command', OPTIONS, () => {
  const SIREN = 'axis2mqtt/yard-siren/command/siren';
  const RESULT = 'axis2mqtt/yard-siren/result/siren';

  test('is answered, also on the response topic', async t => {
    const house = await startHouse(t);
    await runHouse(house);
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
    const house = await startHouse(t, { sirenCamera: { commands: [] } });
    await runHouse(house);
    await house.publish(SIREN, { profile: 'Alarm' });
    const answer = await eventually('an answer', () => told(house, RESULT)[0]);
    assert.equal(answer['code'], 'NOT_ALLOWED');
    assert.deepEqual(house.siren.acted, []);
  });

  test('is answered once the broker is back, and a slow device is no trouble of another', async t => {
    const house = await startHouse(t, { siren: { http: { delayMs: 3_000 } }, persistent: true });
    await runHouse(house);
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
    const house = await startHouse(t, { sirenCamera: { password } });
    const running = await runHouse(house);
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
    const house = await startHouse(t);
    await runHouse(house);
    await house.publish('axis2mqtt/elsewhere/command/siren', { profile: 'Alarm' });
    await house.publish(SIREN, { profile: 'Alarm' });
    await eventually('ours', () => told(house, RESULT).length === 2);
    assert.deepEqual(told(house, 'axis2mqtt/elsewhere/result/siren'), []);
  });
});
