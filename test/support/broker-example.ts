// The examples of config/brokers/, with their hosts and ports changed to those of a test.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Device } from '../../src/simulator/device.ts';
import { createDevice } from '../../src/simulator/simulator.ts';

export const EXAMPLES = fileURLToPath(new URL('../../config/brokers/', import.meta.url));

/** A file of an example, with each of those texts, which has to be there, put in place of another. */
export function readExample(path: string, changes: Readonly<Record<string, string>> = {}): string {
  let text = readFileSync(join(EXAMPLES, path), 'utf8');
  for (const [from, to] of Object.entries(changes)) {
    assert.ok(text.includes(from), `${path} has no ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

export const PASSWORD = 'of-the-camera';

/** A device that is the example's camera `entrance`, and the example with it; a second camera of it is not there. */
export async function startExample(
  t: TestContext,
  path: string,
  changes: Readonly<Record<string, string>>,
): Promise<{ device: Device; config: string }> {
  const device = createDevice({ username: 'bridge', password: PASSWORD });
  t.after(() => device.stop());
  const { httpPort, rtspPort } = await device.start();
  const config = readExample(path, {
    '192.0.2.10': device.host,
    'defaults: {': `defaults: {port: ${httpPort}, rtspPort: ${rtspPort}, source: rtsp, `,
    ...changes,
  });
  return { device, config: `${config.replace('192.0.2.11', '127.0.0.2')}\nhttp: false\n` };
}
