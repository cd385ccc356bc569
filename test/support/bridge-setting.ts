// A device, a broker, the program between them, and a subscriber: what most tests of the whole begin with.
import type { TestContext } from 'node:test';
import { connectAsync } from 'mqtt';
import type { Device } from '../../src/simulator/device.ts';
import type { DeviceOptions } from '../../src/simulator/options.ts';
import { createDevice } from '../../src/simulator/simulator.ts';
import { makeProgram, type Program } from './bridge-process.ts';
import { assertLedger, type EventMessage, eventsOf, readHealth } from './collector.ts';
import { eventually } from './eventually.ts';
import { freePort, freePorts } from './free-port.ts';
import { type Mosquitto, type MosquittoOptions, startMosquitto } from './mosquitto.ts';
import { type Received, type Subscriber, subscribe } from './subscriber.ts';

export interface Setting {
  device: Device;
  broker: Mosquitto;
  program: Program;
  subscriber: Subscriber;
  /** Of the bridge's own pages. */
  httpPort: number;
  /** The configuration: one camera, `entrance`. */
  config: Config;
}

export interface Config {
  cameras: Record<string, unknown>[];
  [section: string]: unknown;
}

export interface SettingOptions {
  device?: DeviceOptions;
  /** Keys of the camera. */
  camera?: Record<string, unknown>;
  broker?: MosquittoOptions;
  /** Sections of the configuration. */
  config?: Record<string, unknown>;
}

/** All but the program is started. */
export async function makeSetting(t: TestContext, options: SettingOptions = {}): Promise<Setting> {
  const broker = await startMosquitto(t, options.broker);
  const device = createDevice({ ...(await freePorts()), ...options.device });
  t.after(() => device.stop());
  const camera = { ...(await startCamera(device, 'entrance')), ...options.camera };
  const httpPort = await freePort();
  // Before the program ends: its account has to add up whatever a test did.
  t.after(() => readHealth(httpPort).then(assertLedger, () => undefined));
  const config = {
    bridge: { dataDir: './data' },
    brokers: { main: { url: broker.url } },
    cameras: [camera],
    http: { port: httpPort },
    ...options.config,
  };
  const program = await makeProgram(t, config);
  const subscriber = await subscribe(t, broker.url);
  return { device, broker, program, subscriber, httpPort, config };
}

/** Starts a device; gives its entry in a configuration, to be heard over RTSP. */
export async function startCamera(device: Device, id: string): Promise<Record<string, unknown>> {
  const { httpPort, rtspPort } = await device.start();
  return {
    id,
    host: device.host,
    port: httpPort,
    rtspPort,
    source: 'rtsp',
    username: 'root',
    password: 'pass',
  };
}

/** The first event of `entrance`, after the first `from` messages, that is as wanted. */
export function nextEvent(
  { received }: Subscriber,
  wanted: (event: EventMessage) => boolean,
  from = 0,
): Promise<EventMessage> {
  const look = () => eventsOf(received.slice(from), 'entrance').find(wanted);
  return eventually(`an event that ${wanted}`, look);
}

/** What the broker keeps, by topic. */
export async function retained({ url }: Mosquitto): Promise<Map<string, string>> {
  const client = await connectAsync(url);
  const kept = new Map<string, string>();
  // What is kept comes before what is published after the subscription.
  const marker = `marker/${client.options.clientId}`;
  const all = new Promise<void>(resolve => {
    client.on('message', (topic, payload, { retain }) => {
      if (retain) kept.set(topic, payload.toString());
      if (topic === marker) resolve();
    });
  });
  await client.subscribeAsync('#');
  await client.publishAsync(marker, 'end');
  await all;
  await client.endAsync();
  return kept;
}

export interface AvailabilityMessage {
  state: string;
  since: string;
  source: string;
  passed?: Record<string, string>;
  reason?: string;
  message?: string;
}

/** What was said of a device's availability, in order, the same twice once. */
export function availabilityOf(received: readonly Received[], device = 'entrance'): AvailabilityMessage[] {
  const topic = `axis2mqtt/${device}/availability`;
  const payloads = received.filter(message => message.topic === topic).map(({ payload }) => payload);
  return payloads
    .filter((payload, index) => payload !== '' && payload !== payloads[index - 1])
    .map(payload => JSON.parse(payload));
}

/** Waits until this was said of a device's availability, be it the last word or not, after `from` messages. */
export function wasSaid(
  { received }: Subscriber,
  state: string,
  reason?: string,
  from = 0,
): Promise<AvailabilityMessage> {
  return eventually(
    `${state} ${reason ?? ''}`,
    () => availabilityOf(received.slice(from)).find(said => said.state === state && said.reason === reason),
    60_000,
  );
}

/** Waits until the last word on a device's availability is this. */
export function available(
  { received }: Subscriber,
  state: string,
  reason?: string,
): Promise<AvailabilityMessage> {
  // A device that fails again and again is tried less often: up to half a minute later here.
  return eventually(
    `${state} ${reason ?? ''}`,
    () => {
      const last = availabilityOf(received).at(-1);
      return last?.state === state && last.reason === reason && last;
    },
    60_000,
  );
}
