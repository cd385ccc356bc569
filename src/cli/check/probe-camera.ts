// What `check` finds out of a camera, by doing what the bridge would do: each way to hear it, then what it says of itself.
import { askIdentity, checkSerial, type Identity } from '../../camera/identity.ts';
import type { CameraConfig } from '../../config/types.ts';
import { decodeEventInstances } from '../../protocol/event-instances.ts';
import type { OpenDetail, Source, SourceName } from '../../sources/source.ts';
import { tryOut } from '../../sources/trial.ts';
import { systemClock } from '../../util/clock.ts';
import { type BridgeError, fromSystem } from '../../util/errors.ts';
import type { Log } from '../../util/log.ts';
import { clockSkew } from '../../vapix/time.ts';
import { located } from '../located.ts';
import { SOURCES } from '../sources.ts';
import { type Finding, failedBy, PATIENCE_MS } from './finding.ts';

/** What became of one way to hear the device. */
interface Attempt {
  name: SourceName;
  detail?: OpenDetail;
  /** The device's clock minus ours (s), by its answer. */
  skewS?: number;
  error?: BridgeError;
}

/** Finds the camera first where the file does not name its address. Never rejects. */
export async function probeCamera(config: CameraConfig, log: Log): Promise<Finding> {
  try {
    return await probe(await located(config, AbortSignal.timeout(PATIENCE_MS)), log);
  } catch (error) {
    const { id, host, port } = config;
    const found = { kind: 'camera', name: id ?? host, address: `${host}:${port}`, facts: {} } as const;
    return { ...found, warnings: [], failed: failedBy(fromSystem(error, host)) };
  }
}

/** Fails where it cannot be heard in the way that is configured, or is another device. */
async function probe(config: CameraConfig, log: Log): Promise<Finding> {
  const { id, host, port } = config;
  const found = { kind: 'camera', name: id ?? host, address: `${host}:${port}` } as const;
  const attempts = await tryAll(config, log);
  const error = failureOf(config, attempts);
  if (error?.code === 'AUTH') return { ...found, facts: {}, warnings: [], failed: failedBy(error) };
  const identity = await ask(config, openedOf(attempts)?.detail?.realm);
  const failure = error ?? wrongDevice(config, identity);
  return {
    ...found,
    facts: factsOf(identity, attempts),
    warnings: warningsOf(config, identity, attempts),
    ...(failure && { failed: failedBy(failure) }),
  };
}

/** One after the other, RTSP first; a wrong password goes out once. */
async function tryAll(config: CameraConfig, log: Log): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  const { include } = config.events;
  for (const [name, source] of Object.entries(SOURCES) as [SourceName, Source][]) {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    try {
      const detail = await tryOut(source, { address: config, include, clock: systemClock, log, signal });
      attempts.push({ name, detail, ...skewOf(detail) });
    } catch (reason) {
      const error = fromSystem(reason, config.host);
      attempts.push({ name, error });
      // Once one has opened, the password is right.
      if (FINAL.has(error.code) && openedOf(attempts) === undefined) break;
    }
  }
  return attempts;
}

function skewOf({ date }: OpenDetail): Pick<Attempt, 'skewS'> {
  const skew = clockSkew(date, systemClock.now());
  return skew === undefined ? {} : { skewS: Math.round(skew / 1000) };
}

/** The first that opened. */
function openedOf(attempts: readonly Attempt[]): Attempt | undefined {
  return attempts.find(({ detail }) => detail);
}

/** After these the other ways would fail in the same way. */
const FINAL = new Set(['AUTH', 'ADDRESS']);

function failureOf({ source }: CameraConfig, attempts: readonly Attempt[]): BridgeError | undefined {
  const refused = attempts.find(({ error }) => error?.code === 'AUTH')?.error;
  const opened = openedOf(attempts);
  if (source === 'device-mqtt' || (refused && !opened)) return refused;
  if (source !== 'auto') return attempts.find(({ name }) => name === source)?.error ?? attempts[0]?.error;
  return opened ? undefined : attempts[0]?.error;
}

function ask(config: CameraConfig, realm: string | undefined): Promise<Identity> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return askIdentity({
    address: config,
    realm,
    apis: true,
    decode: decodeEventInstances,
    clock: systemClock,
    signal,
  });
}

function factsOf(
  { serial, info, declarations, apis }: Identity,
  attempts: readonly Attempt[],
): Finding['facts'] {
  const opens = attempts.filter(attempt => attempt.detail).map(({ name }) => name);
  const hasMqtt = apis instanceof Map && apis.has('mqtt-client');
  return {
    serial,
    model: info?.model,
    firmware: info?.firmware,
    clockSkewS: openedOf(attempts)?.skewS,
    sources: hasMqtt ? [...opens, 'device-mqtt'] : opens,
    events: declarations?.size,
  };
}

function warningsOf(config: CameraConfig, identity: Identity, attempts: readonly Attempt[]): string[] {
  const lacking = config.source === 'auto' ? attempts.filter(({ error }) => error !== undefined) : [];
  const refused = [...lacking.map(({ name, error }) => `${name}: ${error?.code} (${error?.message})`)];
  const unsaid = identity.declarations === undefined ? ['declarations: values will be untyped'] : [];
  return [...refused, ...unsaid, ...identity.refusals.map(({ code, message }) => `${code}: ${message}`)];
}

function wrongDevice({ host, serial }: CameraConfig, identity: Identity): BridgeError | undefined {
  try {
    checkSerial(host, serial, identity.serial);
    return undefined;
  } catch (error) {
    return fromSystem(error, host);
  }
}
