// The examples of config/examples/, with their ports changed to those of a test.
import type { TestContext } from 'node:test';
import type { Device } from '../../src/simulator/device.ts';
import type { DeviceOptions } from '../../src/simulator/options.ts';
import { createDevice } from '../../src/simulator/simulator.ts';
import { readExample } from './broker-example.ts';

/** A file of an example, with each of those texts, which has to be there, put in place of another. */
export function readUseCase(path: string, changes: Readonly<Record<string, string>> = {}): string {
  return readExample(`../examples/${path}`, changes);
}

/** Devices in the places of those that `axis2mqtt simulate` makes, and the changes of the file that say so. */
export async function startDevices(
  t: TestContext,
  options: DeviceOptions[],
): Promise<{ devices: Device[]; changes: Record<string, string> }> {
  const devices: Device[] = [];
  const changes: Record<string, string> = {};
  for (const [index, own] of options.entries()) {
    const device = createDevice({ serial: `ACCC8E00000${index + 1}`, ...own });
    t.after(() => device.stop());
    const { httpPort, rtspPort } = await device.start();
    devices.push(device);
    changes[`port: ${8080 + index}, rtspPort: ${8554 + index}`] = `port: ${httpPort}, rtspPort: ${rtspPort}`;
  }
  return { devices, changes };
}
