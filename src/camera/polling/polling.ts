// The polls of one device: one request at a time, each poll when it is due, never more than one behind.
import { type Clock, sleep } from '../../util/clock.ts';
import { untilAborted } from '../../util/ending.ts';
import { fromSystem } from '../../util/errors.ts';
import type { Log } from '../../util/log.ts';
import type { DeviceAddress } from '../../vapix/address.ts';
import { createVapixClient, type VapixClient } from '../../vapix/client.ts';
import type { PollApi } from '../../vapix/polls.ts';
import { serialFromRealm } from '../../vapix/serial.ts';
import { checkSerial } from '../identity.ts';
import type { Notes, Outlet } from '../outlet.ts';
import { createPollTask, type PollSpec, type PollTask } from './poll-task.ts';
import { createReadings } from './readings.ts';

export interface PollingOptions {
  polls: readonly PollSpec[];
  device: string;
  /** The device's serial number as far as it is known by now; another device's readings are not published. */
  serial(): string | undefined;
  address: DeviceAddress;
  labels: Readonly<Record<string, string>>;
  notes: Notes;
  outlet: Outlet;
  /** What was read of it before, which is added to. */
  worked?: Set<PollApi>;
  /** Whether the device answers some poll; called at each change. */
  onHeard?(heard: boolean): void;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  /** In [0, 1), for the jitter of the start. */
  random?: () => number;
}

/** Polls start within this time (ms), so that a fleet is not asked all at once. */
const SPREAD_MS = 10_000;
/** An answer is never large; more is a device that invents things. */
const MAX_BYTES = 256 * 1024;

/** Reads and publishes until `signal` is aborted; resolves then, or at once where there is nothing to read. */
export async function runPolling(options: PollingOptions): Promise<void> {
  const { polls, address, worked = new Set(), clock, log, signal } = options;
  const readings = createReadings({ ...options, serial: () => options.serial() ?? '' });
  readings.keepOnly(polls.map(({ api }) => api));
  if (polls.length === 0 || signal.aborted) return;
  const client = createVapixClient({ address, signal, clock, maxBytes: MAX_BYTES });
  const tasks = polls.map(spec => createPollTask({ spec, worked, clock, log, at: startOf(spec, options) }));
  const heard = createHeard(tasks, options);
  try {
    for (let task = nextOf(tasks); ; task = nextOf(tasks)) {
      await sleep(clock, task.due() - clock.monotonic(), signal);
      if (signal.aborted) return;
      await runTask(task, { ...options, client, readings, tasks });
      heard();
    }
  } finally {
    client.close();
  }
}

interface Running extends PollingOptions {
  client: VapixClient;
  readings: ReturnType<typeof createReadings>;
  tasks: readonly PollTask[];
}

/** One poll; what it fails with is the task's to judge. */
async function runTask(task: PollTask, running: Running): Promise<void> {
  const { client, readings, clock, signal, address, tasks } = running;
  const { api, publish } = task.spec;
  const startedAt = clock.monotonic();
  try {
    const read = await task.poll(client, { signal, clock });
    checkSerial(address.host, running.serial(), serialFromRealm(client.realm));
    await untilAborted(readings.publish(api, read, publish), signal);
    task.succeeded(startedAt);
  } catch (error) {
    if (signal.aborted) return;
    const others = tasks.filter(other => other !== task);
    const workedAt = Math.max(0, ...others.map(other => other.workedAt()));
    const pausedUntil = task.failed(startedAt, fromSystem(error, address.host), workedAt);
    if (pausedUntil !== undefined) for (const other of others) other.pause(pausedUntil);
  }
}

function startOf({ every }: PollSpec, { clock, random = Math.random }: PollingOptions): number {
  return clock.monotonic() + Math.floor(random() * Math.min(every, SPREAD_MS));
}

/** The one that is due first; of several, the first of the configuration. */
function nextOf(tasks: readonly PollTask[]): PollTask {
  return tasks.reduce((first, task) => (task.due() < first.due() ? task : first));
}

function createHeard(tasks: readonly PollTask[], { onHeard }: PollingOptions): () => void {
  let last: boolean | undefined;
  return () => {
    const heard = tasks.some(task => task.works());
    if (heard !== last) onHeard?.(heard);
    last = heard;
  };
}
