// axis2mqtt provision: has a device's own MQTT client publish to the broker that the bridge reads from.
import { readFile } from 'node:fs/promises';
import type { CameraConfig, Config } from '../../config/types.ts';
import { toDevicePrefixes, topicExpression } from '../../protocol/topic.ts';
import { devicePrefixes } from '../../sources/device-mqtt/device-mqtt.ts';
import { systemClock } from '../../util/clock.ts';
import { fail } from '../../util/errors.ts';
import { type Secret, secret } from '../../util/secret.ts';
import { createVapixClient, type VapixClient } from '../../vapix/client.ts';
import { fetchDeviceInfo } from '../../vapix/device-info.ts';
import { CONFIG_OPTION, type Command, hiding, type Invocation, onSignals } from '../command.ts';
import { loadFor } from '../configuration.ts';
import { located } from '../located.ts';
import { applyPlan, type Before, readDevice } from './apply.ts';
import { planProvision, type Wanted } from './plan.ts';
import { serverFor } from './server.ts';
import { showJson, showText } from './show.ts';

const PASSWORD_VARIABLE = 'AXIS2MQTT_DEVICE_PASSWORD';

export const provision: Command = {
  name: 'provision',
  summary:
    'Shows what has to change for a device’s own MQTT client to publish to the bridge’s broker; changes it.',
  positionals: 'CAMERA ',
  options: {
    ...CONFIG_OPTION,
    apply: { type: 'boolean', default: false, describe: 'changes it, and keeps what was there in dataDir' },
    json: { type: 'boolean', default: false, describe: 'the result as JSON' },
    server: { type: 'string', placeholder: 'URL', describe: 'the broker as the device reaches it' },
    'mqtt-username': { type: 'string', placeholder: 'NAME', describe: 'the device’s login at the broker' },
    'mqtt-password-file': {
      type: 'string',
      placeholder: 'FILE',
      describe: `its password; or in ${PASSWORD_VARIABLE}; default: it keeps its own`,
    },
    'take-over': { type: 'boolean', default: false, describe: 'even where it publishes to others now' },
    insecure: { type: 'boolean', default: false, describe: 'gives it the password over plain http' },
  },
  async run(invocation) {
    const { config } = await loadFor(invocation);
    const { stop, release } = onSignals();
    try {
      const camera = await located(cameraOf(config, invocation.positionals), stop);
      const client = createVapixClient({ address: camera, signal: stop });
      const task = { invocation, config, camera, client, signal: stop };
      return await provisionCamera(task).finally(client.close);
    } finally {
      release();
    }
  },
};

interface Task {
  invocation: Invocation;
  config: Config;
  camera: CameraConfig;
  client: VapixClient;
  signal: AbortSignal;
}

async function provisionCamera({ invocation, config, camera, client, signal }: Task): Promise<number> {
  const { values } = invocation;
  const terminal = hiding(invocation);
  const password = await readPassword(invocation, camera);
  const serial = camera.serial ?? (await fetchDeviceInfo(client)).serial ?? '';
  const before = await readDevice(client);
  const wanted = wantedOf({ invocation, config, camera, before, serial, password });
  const plan = planProvision(before.status, before.publication, wanted);
  const device = camera.id ?? serial;
  const isDone = plan.client === undefined && plan.publication === undefined && !plan.activate;
  const show = values['json'] === true ? showJson : showText;
  const apply = values['apply'] === true && !isDone;
  if (apply && plan.takesOver.length > 0 && values['take-over'] !== true) {
    show(terminal, { device, plan });
    throw fail(
      'REFUSED',
      'others may listen to it where it publishes now: --take-over changes it all the same',
    );
  }
  const { dataDir } = config.bridge;
  const options = { client, device, before, plan, wanted, password, dataDir, clock: systemClock, signal };
  show(terminal, { device, plan, ...(apply ? { saved: await applyPlan(options) } : {}) });
  return 0;
}

function cameraOf({ cameras }: Config, [name, ...rest]: readonly string[]): CameraConfig {
  const camera = cameras.find(({ id, serial, host }) => [id, serial, host].includes(name));
  if (name === undefined || rest.length > 0) throw fail('CONFIG', 'name one camera: its id, serial or host');
  if (camera === undefined) throw fail('CONFIG', `the configuration has no camera ${JSON.stringify(name)}`);
  return camera;
}

interface WantedOptions extends Omit<Task, 'client' | 'signal'> {
  before: Before;
  serial: string;
  password: Secret | undefined;
}

function wantedOf({ invocation, config, camera, before, serial, password }: WantedOptions): Wanted {
  const { values } = invocation;
  const { broker: name = config.brokers[0]?.name, prefix } = camera.deviceMqtt;
  const broker = config.brokers.find(one => one.name === name);
  if (broker === undefined) throw fail('CONFIG', `there is no broker ${JSON.stringify(name)}`);
  const prefixes = devicePrefixes(prefix, serial);
  const expression = topicExpression(camera.events.include);
  return {
    server: serverFor({ broker, host: camera.host, url: textOf(values['server']) }),
    prefix: prefixes.find(one => one === before.status.prefix) ?? prefixes[0] ?? '',
    username: textOf(values['mqtt-username']),
    password: password !== undefined,
    filters: expression?.split('|').map(toDevicePrefixes) ?? ['//.'],
  };
}

/** The bridge's own login is its own: the device gets one only where it is given here. */
async function readPassword(
  { values, terminal }: Invocation,
  camera: CameraConfig,
): Promise<Secret | undefined> {
  const file = textOf(values['mqtt-password-file']);
  const text = file === undefined ? terminal.env[PASSWORD_VARIABLE] : await readText(file);
  if (text === undefined || text === '') return undefined;
  if (!camera.https && values['insecure'] !== true)
    throw fail(
      'CONFIG',
      'over plain http anybody on the way could read the password: set `https: true`, or --insecure',
    );
  return secret(text);
}

async function readText(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw fail('CONFIG', `--mqtt-password-file cannot be read (${error.code})`);
  });
  return text.replace(/\r?\n$/, '');
}

function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
