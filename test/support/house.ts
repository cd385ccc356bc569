// A house with a door sensor, a camera that records and a siren that howls: what tests of actions begin with.
import type { TestContext } from 'node:test';
import { connectAsync, type IClientPublishOptions } from 'mqtt';
import type { Device } from '../../src/simulator/device.ts';
import type { DeviceOptions } from '../../src/simulator/options.ts';
import { createDevice } from '../../src/simulator/simulator.ts';
import { available, makeSetting, type Setting, startCamera } from './bridge-setting.ts';
import { eventually } from './eventually.ts';

export const DOOR = {
  name: 'back door',
  topic: 'sensors/backdoor/state',
  when: { open: true },
  do: [
    { camera: 'yard-siren', action: 'siren', profile: 'Alarm' },
    { camera: 'entrance', action: 'record' },
  ],
};

export interface House extends Setting {
  siren: Device;
  /** Publishes at the broker, as a sensor does. */
  publish(topic: string, payload: string | object, options?: IClientPublishOptions): Promise<void>;
}

/** What is other than usual. */
export interface Given {
  siren?: DeviceOptions;
  sirenCamera?: Record<string, unknown>;
  config?: Record<string, unknown>;
  persistent?: boolean;
}

/** `entrance` records, `yard-siren` howls; the door's trigger unless `config` has others. Both are heard. */
export async function startHouse(
  t: TestContext,
  { siren: options = {}, ...given }: Given = {},
): Promise<House> {
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

export async function runHouse(house: House) {
  const running = house.program.start();
  await available(house.subscriber, 'online');
  await eventually('it reads', () => running.log().some(({ msg }) => msg === 'reads from the broker'));
  const triggers = house.config['triggers'] as { topic?: string; armed?: { topic?: string } }[];
  const topics = triggers.flatMap(({ topic, armed }) => [topic ?? [], armed?.topic ?? []].flat());
  for (const topic of ['axis2mqtt/+/command/+', ...topics]) await house.broker.subscribed(topic);
  return running;
}

/** Publishes it and waits until the bridge has acknowledged it. */
export async function tell(house: House, topic: string, payload: string): Promise<void> {
  const from = house.broker.log().length;
  await house.publish(topic, payload, { retain: true });
  const sent = new RegExp(`Sending PUBLISH to (\\S+) \\(d0, q1, r., m(\\d+), '${topic}'`);
  await eventually(`${topic} is taken`, () => {
    const log = house.broker.log().slice(from);
    const [, reader, id] = sent.exec(log) ?? [];
    return reader !== undefined && log.includes(`Received PUBACK from ${reader} (Mid: ${id},`);
  });
}

export const whats = ({ acted }: Device) => acted.map(({ api, what }) => `${api}: ${what}`);

export function told({ subscriber }: Setting, topic: string): Record<string, unknown>[] {
  return subscriber.payloads(topic).map(payload => JSON.parse(payload));
}

export const AUDIT = 'axis2mqtt/bridge/main/audit';

interface Report {
  trigger: string;
  outcome: string;
  steps: Record<string, unknown>[];
}

export const reportsOf = (house: Setting) => told(house, AUDIT) as unknown as Report[];
