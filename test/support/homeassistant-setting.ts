// A setting in which Home Assistant is told of the devices, and what it is told.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { makeSetting, retained, type Setting, type SettingOptions } from './bridge-setting.ts';
import { eventually } from './eventually.ts';
import { type Component, checkDiscovery, type DiscoveryPayload } from './homeassistant.ts';

/** Where the device of the setting is told. */
export function topicOf({ device }: Pick<Setting, 'device'>, prefix = 'homeassistant'): string {
  return `${prefix}/device/axis2mqtt_${device.serial}/config`;
}

/** The last payload that was published, once it is as wanted. */
export function told(
  setting: Setting,
  wanted: (payload: DiscoveryPayload) => unknown = () => true,
): Promise<DiscoveryPayload> {
  return eventually('what Home Assistant is told', () => {
    const text = setting.subscriber.payloads(topicOf(setting)).at(-1);
    if (text === undefined || text === '') return undefined;
    const payload = checkDiscovery(topicOf(setting), text);
    return wanted(payload) ? payload : undefined;
  });
}

/** Waits until the broker keeps nothing there. */
export function cleared(setting: Setting, topic = topicOf(setting)): Promise<boolean> {
  return eventually(`${topic} cleared`, async () => !(await retained(setting.broker)).has(topic));
}

/** The component of that name. */
export function named({ components }: DiscoveryPayload, name: string): Component | undefined {
  return Object.values(components).find(component => component.name === name);
}

/** All but the program is started. */
export function makeHome(t: TestContext, options: SettingOptions = {}): Promise<Setting> {
  return makeSetting(t, { ...options, config: { homeAssistant: true, ...options.config } });
}

/** Starts the program again: it tells the same as before its end, and nothing else. */
export async function assertSameAgain(setting: Setting): Promise<void> {
  const texts = () => setting.subscriber.payloads(topicOf(setting));
  const before = texts();
  setting.program.start();
  await eventually('it is told again', () => texts().length > before.length);
  assert.deepEqual([...new Set(texts().slice(before.length))], before.slice(-1));
}
