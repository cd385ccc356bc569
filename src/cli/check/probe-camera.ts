// What `check` finds out of a camera, by doing what the bridge does: the way that it would take, then what the device says.
import { FLAWS, flawsOf } from '../../camera/flaws.ts';
import { askIdentity, checkSerial, type Identity } from '../../camera/identity.ts';
import { createLadder } from '../../camera/ladder.ts';
import { namingTls } from '../../camera/port-of-tls.ts';
import type { CameraConfig } from '../../config/types.ts';
import { decodeEventInstances } from '../../protocol/event-instances.ts';
import type { OpenDetail, Source, SourceName } from '../../sources/source.ts';
import { tryOut } from '../../sources/trial.ts';
import { systemClock } from '../../util/clock.ts';
import { type BridgeError, fail, fromSystem } from '../../util/errors.ts';
import type { Log } from '../../util/log.ts';
import { clockSkew } from '../../vapix/time.ts';
import { located } from '../located.ts';
import { SOURCES } from '../sources.ts';
import { type Finding, failedBy, PATIENCE_MS } from './finding.ts';

/** What became of one way to hear the device. */
interface Attempt {
  name: SourceName;
  detail?: OpenDetail;
  /** The device's clock minus ours (ms), by its answer. */
  skew?: number | undefined;
  error?: BridgeError;
}

/** All that is asked of one camera. */
interface Probe {
  config: CameraConfig;
  log: Log;
  signal: AbortSignal;
}

/** Ways are tried one after the other, as the bridge does: in all they take no longer (ms). */
const ALL_MS = 3 * PATIENCE_MS;

/** Finds the camera first where the file does not name its address. Never rejects. */
export async function probeCamera(config: CameraConfig, log: Log): Promise<Finding> {
  const { id, serial, host, port } = config;
  const name = id ?? serial ?? host;
  const late = new AbortController();
  const cancel = systemClock.after(ALL_MS, () => late.abort(fail('TIMEOUT', `${host} takes too long`)));
  try {
    const found = await located(config, AbortSignal.timeout(PATIENCE_MS));
    const facts = await probe({ config: found, log, signal: late.signal });
    return { kind: 'camera', name, address: `${found.host}:${port}`, ...facts };
  } catch (error) {
    const failed = failedBy(fromSystem(error, host));
    return { kind: 'camera', name, address: `${host}:${port}`, facts: {}, warnings: [], failed };
  } finally {
    cancel();
  }
}

type Result = Pick<Finding, 'facts' | 'warnings' | 'failed'>;

/** Fails where the bridge would not hear it: by the same way, for the same reason. */
async function probe(given: Probe): Promise<Result> {
  const { config } = given;
  const attempts: Attempt[] = [];
  const failure = config.source === 'device-mqtt' ? undefined : await openAsTheBridge(given, attempts);
  // A wrong password goes out once.
  if (failure?.code === 'AUTH') return { facts: {}, warnings: [], failed: failedBy(failure) };
  if (failure === undefined) await openOthers(given, attempts);
  const identity = await ask(given, openedOf(attempts)?.detail?.realm);
  const refused = config.source === 'device-mqtt' ? refusalOf(identity, 'AUTH') : undefined;
  const failed = failure ?? refused ?? wrongDevice(config, identity);
  return {
    facts: factsOf(identity, attempts),
    warnings: warningsOf(config, { identity, attempts, failed }),
    ...(failed && { failed: failedBy(failed) }),
  };
}

/** Undefined once a way is open; else the error that the bridge would tell. */
async function openAsTheBridge(given: Probe, attempts: Attempt[]): Promise<BridgeError | undefined> {
  const { config, log, signal } = given;
  const ladder = createLadder({
    wanted: config.source,
    sources: SOURCES,
    ask: (realm, asking) => ask({ ...given, signal: asking }, realm),
    address: config,
    include: config.events.include,
    clock: systemClock,
    log,
  });
  try {
    for (let rung = await ladder.first(signal); ; ) {
      const { error } = await attempt(given, rung.name, attempts);
      if (error === undefined) return undefined;
      rung = await ladder.after(rung, error, signal);
    }
  } catch (error) {
    return fromSystem(await namingTls(error, config, signal), config.host);
  }
}

/** The ways that the bridge does not need, once one has shown that the password is right. */
async function openOthers(given: Probe, attempts: Attempt[]): Promise<void> {
  for (const name of Object.keys(SOURCES) as SourceName[])
    if (!attempts.some(tried => tried.name === name)) await attempt(given, name, attempts);
}

async function attempt(
  { config, log, signal }: Probe,
  name: SourceName,
  attempts: Attempt[],
): Promise<Attempt> {
  const { include } = config.events;
  const options = { address: config, include, clock: systemClock, log, signal };
  const tried = await tryOut(SOURCES[name] ?? NONE, options).then(
    (detail): Attempt => ({ name, detail, skew: clockSkew(detail.date, systemClock.now()) }),
    (error: unknown): Attempt => ({ name, error: fromSystem(error, config.host) }),
  );
  attempts.push(tried);
  return tried;
}

const NONE: Source = () => Promise.reject(fail('UNSUPPORTED', 'there is no such way'));

/** The first that opened. */
function openedOf(attempts: readonly Attempt[]): Attempt | undefined {
  return attempts.find(({ detail }) => detail);
}

function ask(
  { config, signal }: Pick<Probe, 'config' | 'signal'>,
  realm: string | undefined,
): Promise<Identity> {
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
  const opens = attempts.filter(({ detail }) => detail).map(({ name }) => name);
  const hasMqtt = apis instanceof Map && apis.has('mqtt-client');
  const skew = openedOf(attempts)?.skew;
  return {
    serial,
    model: info?.model,
    firmware: info?.firmware,
    clockSkewS: skew === undefined ? undefined : Math.round(skew / 1000),
    sources: hasMqtt ? [...opens, 'device-mqtt'] : opens,
    events: declarations?.size,
  };
}

/** What does not work beside what failed; and what is lacking though it is heard, in the words of the log and of `availability`. */
function warningsOf(
  config: CameraConfig,
  {
    identity,
    attempts,
    failed,
  }: { identity: Identity; attempts: readonly Attempt[]; failed?: BridgeError | undefined },
): string[] {
  const { include } = config.events;
  const opened = openedOf(attempts);
  const isNews = ({ code }: BridgeError) => code !== failed?.code;
  const lacking = config.source === 'auto' ? attempts : [];
  const isHeard = opened !== undefined || identity.info !== undefined;
  const flaws = isHeard ? flawsOf({ ...identity, skew: opened?.skew ?? identity.skew, include }) : [];
  return [
    ...lacking.flatMap(({ name, error }) =>
      error !== undefined && isNews(error) ? `${name}: ${error.code} (${error.message})` : [],
    ),
    ...flaws.map(flaw => `${flaw}: ${FLAWS[flaw]}`),
    ...identity.refusals.filter(isNews).map(({ code, message }) => `${code}: ${message}`),
  ];
}

function refusalOf({ refusals }: Identity, code: string): BridgeError | undefined {
  return refusals.find(refusal => refusal.code === code);
}

function wrongDevice({ host, serial }: CameraConfig, identity: Identity): BridgeError | undefined {
  try {
    checkSerial(host, serial, identity.serial);
    return undefined;
  } catch (error) {
    return fromSystem(error, host);
  }
}
