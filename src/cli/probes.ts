// What `check` finds out of one camera and of one broker, by doing what the bridge would do.
import { peerOptions } from '../bridge/peer.ts';
import { checkSerial } from '../camera/identity.ts';
import type { BrokerConfig, CameraConfig } from '../config/types.ts';
import { createDialer } from '../mqtt/dial.ts';
import { rtsp } from '../sources/rtsp.ts';
import type { OpenDetail } from '../sources/source.ts';
import { tryOut } from '../sources/trial.ts';
import { systemClock } from '../util/clock.ts';
import { type BridgeError, ERRORS, fromSystem } from '../util/errors.ts';
import type { Log } from '../util/log.ts';
import { fetchApiList } from '../vapix/api-discovery.ts';
import { createVapixClient } from '../vapix/client.ts';
import { fetchDeviceInfo } from '../vapix/device-info.ts';
import { fetchEventInstances } from '../vapix/event-instances.ts';
import { serialFromRealm } from '../vapix/serial.ts';
import { clockSkew } from '../vapix/time.ts';

/** One line of the report; `failed` is what keeps the bridge from working with it. */
export interface Finding {
  kind: 'camera' | 'broker';
  name: string;
  address: string;
  facts: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  /** What is lacking, though it works. */
  warnings: readonly string[];
  failed?: { code: string; message: string; hint: string };
}

const PATIENCE_MS = 15_000;
/** API ids that stand for a way to hear the device (PROTOCOLS 2.1, 5.1). */
const SOURCES: readonly (readonly [api: string, source: string])[] = [
  ['event-streaming-over-websocket', 'websocket'],
  ['mqtt-client', 'device-mqtt'],
];

/** Opens the event stream, then asks the device about itself. Never rejects. */
export async function probeCamera(config: CameraConfig, log: Log): Promise<Finding> {
  const name = config.id ?? config.host;
  const found = { kind: 'camera', name, address: `${config.host}:${config.port}` } as const;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  let stream: OpenDetail;
  try {
    // The stream first: a wrong password is tried once, and without the stream nothing else matters.
    stream = await tryOut(rtsp, {
      address: config,
      include: config.events.include,
      clock: systemClock,
      log,
      signal,
    });
  } catch (error) {
    return { ...found, facts: {}, warnings: [], failed: explain(fromSystem(error, name)) };
  }
  const client = createVapixClient({ address: config, signal });
  const warnings: string[] = [];
  const ask = <T>(what: string, answer: Promise<T>): Promise<T | undefined> =>
    answer.catch((error: unknown) => {
      warnings.push(`${what}: ${fromSystem(error, name).message}`);
      return undefined;
    });
  const info = await ask('device info', fetchDeviceInfo(client));
  const declarations = await ask('declarations', fetchEventInstances(client));
  const apis = await ask('API discovery', fetchApiList(client));
  client.close();
  const serial = info?.serial ?? serialFromRealm(stream.realm);
  const skew = clockSkew(stream.date, Date.now());
  const facts = {
    serial,
    model: info?.model,
    firmware: info?.firmware,
    clockSkewS: skew === undefined ? undefined : Math.round(skew / 1000),
    sources: ['rtsp', ...SOURCES.filter(([api]) => apis?.has(api)).map(([, source]) => source)],
    events: declarations?.size,
  };
  const wrong = attempt(() => checkSerial(config.host, config.serial, serial));
  return { ...found, facts, warnings, ...(wrong ? { failed: explain(wrong) } : {}) };
}

/** Connects and disconnects, under another client ID than the bridge's. Never rejects. */
export async function probeBroker(config: BrokerConfig): Promise<Finding> {
  const { name, urls, clientId, embedded } = config;
  const found = { kind: 'broker', name, address: urls.join(', '), warnings: [] } as const;
  if (embedded) return { ...found, facts: { embedded: 'the bridge is this broker' } };
  const dial = createDialer({
    broker: { ...peerOptions(config), clientId: `${clientId}-check` },
    clock: systemClock,
  });
  try {
    const connection = await dial(AbortSignal.timeout(PATIENCE_MS));
    const { version, server, limits } = connection;
    await connection.close();
    const facts = { server, version: version === 5 ? 'MQTT 5' : 'MQTT 3.1.1', ...limitFacts(limits) };
    return { ...found, facts };
  } catch (error) {
    return { ...found, facts: {}, failed: explain(fromSystem(error, name)) };
  }
}

type Limits = Awaited<ReturnType<ReturnType<typeof createDialer>>>['limits'];

function limitFacts({
  receiveMaximum,
  maximumQoS,
  retainAvailable,
  maximumPacketSize,
}: Limits): Finding['facts'] {
  const packet = Number.isFinite(maximumPacketSize) ? maximumPacketSize : undefined;
  return { receiveMaximum, maximumQoS, retain: retainAvailable ? 'yes' : 'no', maximumPacketSize: packet };
}

function explain({ code, message }: BridgeError): NonNullable<Finding['failed']> {
  const { meaning, hint } = ERRORS[code];
  return { code, message: `${meaning} (${message})`, hint };
}

function attempt(work: () => void): BridgeError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return fromSystem(error, 'check');
  }
}
