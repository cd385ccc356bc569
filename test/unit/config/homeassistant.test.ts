import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CAMERA, config, problems } from './helper.ts';

const BROKERS = 'brokers: {main: {url: mqtt://a}, house: {url: mqtt://b, clientId: other}}\n';

describe('homeAssistant', () => {
  test('is off unless the file switches it on', async () => {
    const off = { enabled: false, brokers: ['main'], discoveryPrefix: 'homeassistant' };
    assert.deepEqual((await config(CAMERA)).homeAssistant, off);
    assert.deepEqual((await config(`${CAMERA}homeAssistant: {broker: main}`)).homeAssistant, off);
    assert.deepEqual((await config(`${CAMERA}homeAssistant: false`)).homeAssistant, off);
  });

  test('true is short for every broker and the usual prefix', async () => {
    assert.deepEqual((await config(`${CAMERA}${BROKERS}homeAssistant: true`)).homeAssistant, {
      enabled: true,
      brokers: ['main', 'house'],
      discoveryPrefix: 'homeassistant',
    });
  });

  test('names its broker, or several, and its prefix', async () => {
    const section = 'homeAssistant: {enabled: true, broker: house, discoveryPrefix: ha/main}';
    assert.deepEqual((await config(`${CAMERA}${BROKERS}${section}`)).homeAssistant, {
      enabled: true,
      brokers: ['house'],
      discoveryPrefix: 'ha/main',
    });
  });

  test('takes its switch from the environment', async () => {
    const text = `${CAMERA}homeAssistant: {enabled: "\${HA}"}`;
    assert.equal((await config(text, { env: { HA: 'true' } })).homeAssistant.enabled, true);
  });

  const rows: [section: string, problem: RegExp][] = [
    ['yes please', /homeAssistant: must be true or false/],
    ['{enabled: maybe}', /homeAssistant\.enabled: must be true or false/],
    ['{enable: true}', /homeAssistant\.enable: is not a known key/],
    ['{broker: huose}', /homeAssistant\.broker: there is no broker of that name; there are: main, house/],
    ['{broker: [main, attic]}', /homeAssistant\.broker\[1\]: there is no broker/],
    ['{discoveryPrefix: "a/#"}', /homeAssistant\.discoveryPrefix: is a topic to publish to/],
  ];
  for (const [section, problem] of rows) {
    test(`${section} is refused`, async () => {
      const [first = '', ...rest] = await problems(`${CAMERA}${BROKERS}homeAssistant: ${section}`);
      assert.match(first, problem);
      assert.deepEqual(rest, []);
    });
  }
});
