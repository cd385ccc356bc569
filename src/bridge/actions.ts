// What is done to devices: commands and triggers come in, their actions go to the devices, their answers to the outbox.
import { createAudit } from '../actions/audit.ts';
import { createCommands } from '../actions/commands.ts';
import { createLoops } from '../actions/loops.ts';
import { createRunner } from '../actions/runner.ts';
import { ACTIONS } from '../actions/table.ts';
import { createDeeds } from '../actions/triggers.ts';
import type { CameraConfig, Config } from '../config/types.ts';
import type { Sample } from '../ops/metrics.ts';
import type { Entry } from '../outbox/types.ts';
import { topicLevel } from '../routing/level.ts';
import { fail } from '../util/errors.ts';
import type { DeviceAddress } from '../vapix/address.ts';
import { createVapixClient, type VapixClient } from '../vapix/client.ts';
import { createCommandsPart } from './commands.ts';
import type { Foundation } from './foundation.ts';
import type { DeviceOutlet } from './outlet.ts';
import { placeOf } from './places.ts';
import { PLAIN } from './retained.ts';
import { createTally } from './tally.ts';
import { createTriggersPart } from './triggers.ts';

export interface Actions {
  /** The device's way out, through which its events reach the triggers; from now on it can be acted on. */
  follow(outlet: DeviceOutlet, device: ActedDevice): DeviceOutlet;
  /** Ends what is under way with it, and resolves once that is over. */
  unfollow(id: string): Promise<void>;
  /** Takes up a configuration, once its brokers and cameras run. */
  apply(config: Config): Promise<void>;
  samples(): Iterable<Sample>;
  stop(): Promise<void>;
}

interface ActedDevice {
  id: string;
  config: CameraConfig;
  /** The way to it. */
  address: DeviceAddress;
}

interface Acted extends ActedDevice {
  client?: VapixClient;
  /** The host of that client. */
  host?: string;
  /** Another device answers at its address. */
  isAnother: boolean;
}

export function createActions({ base, outbox, reader, clock, log }: Foundation, first: Config): Actions {
  const devices = new Map<string, Acted>();
  const levels = new Map<string, Acted>();
  const tally = { commands: createTally(), triggers: createTally() };
  const ending = new AbortController();
  let config = first;

  const send = (device: string, broker: string, message: Pick<Entry, 'topic' | 'payload'> & Partial<Entry>) =>
    outbox.append({
      device,
      counts: {},
      messages: [{ broker, entry: { device, ...PLAIN, ...message } }],
    });
  const audit = createAudit({
    clock,
    log,
    hidden: first.hidden,
    publish(payload) {
      const { actions, bridge } = config;
      const topic = `${base}/bridge/${bridge.id}/audit`;
      if (actions.audit)
        for (const broker of actions.brokers) void send('bridge', broker, { topic, payload });
    },
  });
  const clientOf = (id: string): VapixClient => {
    const device = devices.get(id);
    if (device === undefined) throw fail('UNREACHABLE', 'no camera of that ID has been heard yet');
    if (device.isAnother) throw fail('WRONG_DEVICE', 'nothing is done to it');
    return clientAt(device);
  };
  /** Made anew where the device was found elsewhere. */
  const clientAt = (device: Acted): VapixClient => {
    const { address, client } = device;
    if (client !== undefined && device.host === address.host) return client;
    client?.close();
    const next = createVapixClient({ address, alone: true, signal: ending.signal, clock });
    Object.assign(device, { client: next, host: address.host });
    return next;
  };
  const runner = createRunner({ actions: ACTIONS, clientOf, clock });
  const loops = createLoops(clock);
  const deeds = createDeeds({
    runner,
    loops,
    publish: ({ broker, topic, payload, retain }) =>
      send('bridge', broker, { topic, retain, payload: toText(payload) }),
    placeOf: cause => placeOf(cause, base, level => levels.get(level)?.id),
    timeToLive: () => config.actions.timeToLive,
    audit,
    count: tally.triggers.count,
    clock,
    log,
  });
  const triggers = createTriggersPart({
    readerOf: reader,
    act: (trigger, cause) => deeds(trigger, cause),
    count: tally.triggers.count,
    clock,
    log,
  });
  const take = createCommands({
    base,
    deviceOf: level => allowedOf(levels.get(level)),
    runner,
    loops,
    settings: () => config.actions,
    answer: ({ device, broker, ...message }) => void send(device, broker, message),
    audit,
    count: tally.commands.count,
    clock,
  });
  const commands = createCommandsPart({ base, reader, log }, take);

  const unfollow = async (id: string) => {
    const device = devices.get(id);
    devices.delete(id);
    levels.delete(topicLevel(id));
    await runner.release(id);
    device?.client?.close();
  };

  return {
    follow(outlet, device) {
      const acted: Acted = { ...device, isAnother: false };
      devices.set(device.id, acted);
      levels.set(topicLevel(device.id), acted);
      const routed = { id: device.id, labels: device.config.labels };
      return {
        ...outlet,
        deliver(delivery) {
          triggers.hear(delivery, routed);
          return outlet.deliver(delivery);
        },
        available(next) {
          outlet.available(next);
          acted.isAnother = next.reason === 'WRONG_DEVICE';
          if (next.state === 'offline') triggers.lose(device.id);
        },
      };
    },
    unfollow,
    async apply(next) {
      config = next;
      commands.apply(next);
      await triggers.apply(next.triggers);
    },
    *samples() {
      yield* tally.commands.samples('commands', 'device');
      yield* tally.triggers.samples('triggers', 'trigger');
    },
    async stop() {
      commands.stop();
      await triggers.stop();
      await Promise.all([...devices.keys()].map(unfollow));
      ending.abort(fail('CLOSED', 'the bridge stops'));
    },
  };
}

function allowedOf(device: Acted | undefined): { device: string; allowed: readonly string[] } | undefined {
  return device && { device: device.id, allowed: device.config.commands };
}

function toText(payload: unknown): string {
  return typeof payload === 'string' ? payload : (JSON.stringify(payload) ?? '');
}
