// Carries a plan out on a device: saves what was there, writes, reads back.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, sleep } from '../../util/clock.ts';
import { fail, wordsOf } from '../../util/errors.ts';
import type { Secret } from '../../util/secret.ts';
import type { VapixClient } from '../../vapix/client.ts';
import {
  activateMqttClient,
  configureMqttClient,
  fetchMqttClient,
  type MqttClientStatus,
} from '../../vapix/mqtt-client.ts';
import { configurePublication, fetchPublication, type Publication } from '../../vapix/mqtt-events.ts';
import { covers, type Plan, planProvision, showServer, type Wanted } from './plan.ts';

export interface Before {
  status: MqttClientStatus;
  publication: Publication;
}

export interface ApplyOptions {
  client: VapixClient;
  device: string;
  before: Before;
  plan: Plan;
  wanted: Wanted;
  password: Secret | undefined;
  dataDir: string;
  clock: Clock;
  signal: AbortSignal;
}

const CONNECT_TRIES = 20;
const CONNECT_PAUSE_MS = 500;

/** Asks for what is there now. Rejects with the errors of the client. */
export async function readDevice(client: VapixClient): Promise<Before> {
  return { status: await fetchMqttClient(client), publication: await fetchPublication(client) };
}

/**
 * Writes the plan. Returns the file in which what was there is kept; rejects where the device does not do what it was
 * told, naming that file.
 */
export async function applyPlan(options: ApplyOptions): Promise<string> {
  const { client, plan, password } = options;
  const saved = await save(options);
  try {
    if (plan.client !== undefined)
      await configureMqttClient(client, plan.client, password === undefined ? {} : { password });
    if (plan.publication !== undefined) await configurePublication(client, plan.publication);
    if (plan.activate) await activateMqttClient(client);
    await verify(options);
  } catch (error) {
    const text = wordsOf(error);
    throw fail('REFUSED', `${text}; what was there before is kept in ${saved}`, { cause: error });
  }
  return saved;
}

/** No password is in it: the device gives none out. */
async function save({ dataDir, device, before, clock }: ApplyOptions): Promise<string> {
  const directory = join(dataDir, 'provision');
  const time = new Date(clock.now()).toISOString().replaceAll(/[:.]/g, '-');
  const file = join(directory, `${device.replaceAll(/[^\w.-]/g, '_')}-${time}.json`);
  const { status, publication } = before;
  const content = { device, active: status.active, client: status.config, publication: publication.config };
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  return file;
}

/** Nothing is left to change, every filter that was there still is, and the device gets through to the broker. */
async function verify({ client, wanted, before, clock, signal }: ApplyOptions): Promise<void> {
  const after = await readDevice(client);
  const { changes, added } = planProvision(after.status, after.publication, { ...wanted, password: false });
  const left = [...changes.map(({ what }) => what), ...added.map(({ topicFilter }) => topicFilter)];
  if (left.length > 0) throw fail('REFUSED', `the device did not take: ${left.join(', ')}`);
  const lost = before.publication.filters.filter(
    ({ topicFilter }) => !after.publication.filters.some(filter => covers(filter.topicFilter, topicFilter)),
  );
  if (lost.length > 0)
    throw fail('REFUSED', `the device dropped: ${lost.map(({ topicFilter }) => topicFilter).join(', ')}`);
  for (let tries = 0; tries < CONNECT_TRIES; tries++) {
    if ((await fetchMqttClient(client)).connected) return;
    await sleep(clock, CONNECT_PAUSE_MS, signal);
    signal.throwIfAborted();
  }
  throw fail('UNREACHABLE', `the device does not get through to ${showServer(wanted.server)}`);
}
