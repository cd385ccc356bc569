// Two cameras that tell the same serial number, as a restored backup or a virtual machine of a camera does.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createDevice } from '../../src/simulator/simulator.ts';
import { availabilityOf, retained, startCamera } from '../support/bridge-setting.ts';
import { becomes, eventually } from '../support/eventually.ts';
import { checkDiscovery } from '../support/homeassistant.ts';
import { makeHome, named } from '../support/homeassistant-setting.ts';
import { need } from '../support/need.ts';

describe('two cameras with one serial number', { ...need('mosquitto'), timeout: 240_000 }, () => {
  test('stay two in Home Assistant; the log, availability and check say so', async t => {
    const setting = await makeHome(t);
    const { program, config, subscriber, device, broker } = setting;
    const twin = createDevice({ serial: device.serial });
    t.after(() => twin.stop());
    const entry = await startCamera(twin, 'yard');
    program.configure({ ...config, cameras: [...config.cameras, entry] });
    const run = program.start();
    const both = async () => {
      const topics = [...(await retained(broker))].filter(([topic]) =>
        topic.startsWith('homeassistant/device/'),
      );
      const all = topics.map(([topic, text]) => ({ topic, payload: checkDiscovery(topic, text) }));
      return all.length === 2 && all.every(({ payload }) => named(payload, 'IO Port 1')) && all;
    };
    const shown = await eventually('two devices', both);
    assert.deepEqual(shown.map(({ payload }) => payload.device.name).sort(), ['entrance', 'yard']);
    const ids = shown.flatMap(({ payload }) =>
      Object.values(payload.components).map(({ unique_id }) => unique_id),
    );
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(shown.filter(({ payload }) => 'connections' in payload.device).length, 1);
    const states = () =>
      ['entrance', 'yard'].map(id => {
        const last = availabilityOf(subscriber.received, id).at(-1);
        return [last?.state, last?.reason];
      });
    const degraded = ['degraded', 'SAME_SERIAL'];
    await becomes('both degraded', states, [degraded, degraded]);
    assert.equal(run.log().filter(({ code }) => code === 'SAME_SERIAL').length, 1);

    const check = program.start(['check', '--config', program.file]);
    assert.equal((await check.ended()).code, 0);
    assert.match(check.stdout, /SAME_SERIAL: yard has this serial number too/);
    assert.match(check.stdout, /SAME_SERIAL: entrance has this serial number too/);

    // Each stays what it was, over a restart and whichever is heard first.
    await run.end();
    program.start();
    await becomes('both degraded again', states, [degraded, degraded]);
    assert.deepEqual(await eventually('both again', both), shown);

    program.configure(config);
    await becomes('the other is on its own', () => states()[0], ['online', undefined]);
    await eventually('one device', async () => {
      const kept = await retained(broker);
      return shown.filter(({ topic }) => kept.has(topic)).length === 1;
    });
  });
});
