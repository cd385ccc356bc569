// One camera as a unit: it is heard, known, supervised, and honest about when it was not.
import type { OpenDetail, Source, SourceCounter } from '../sources/source.ts';
import type { Clock } from '../util/clock.ts';
import { type BridgeError, fail } from '../util/errors.ts';
import { type Log, withFields } from '../util/log.ts';
import { type Down, supervise, type Up } from '../util/supervise.ts';
import type { DeviceAddress } from '../vapix/address.ts';
import { clockSkew } from '../vapix/time.ts';
import { explain } from './availability.ts';
import type { Fleet } from './fleet.ts';
import { createGate, type Take } from './gate.ts';
import { askIdentity, checkSerial } from './identity.ts';
import type { Notes, Outlet } from './outlet.ts';
import { createSession } from './session.ts';
import { createUnit, type Unit } from './unit.ts';

export interface CameraSpec {
  /** The device ID in topics; left out, the serial number. */
  id?: string;
  address: DeviceAddress;
  /** The only device that is accepted at that address. */
  serial?: string;
  include: readonly string[];
  exclude: readonly string[];
  labels: Readonly<Record<string, string>>;
}

export interface CameraOptions {
  spec: CameraSpec;
  source: { name: string; run: Source };
  notes: Notes;
  /** Opens the way out for a device ID; throws CONFIG where another camera has it. */
  outlet(device: string): Outlet;
  fleet: Fleet;
  count(counter: SourceCounter, by: number): void;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

/** Hears the camera until `signal` is aborted; never rejects. */
export async function runCamera(options: CameraOptions): Promise<void> {
  const { spec, clock, signal, source } = options;
  const log = withFields(options.log, { camera: spec.id ?? spec.address.host });
  const wants = options.fleet.filter(spec.include, spec.exclude);
  let unit: Unit | undefined;
  const unitOf = (device: string): Unit => {
    unit ??= createUnit({
      device,
      outlet: options.outlet(device),
      notes: options.notes,
      source: source.name,
      intern: options.fleet.intern,
      clock,
    });
    return unit;
  };
  if (spec.id !== undefined) unitOf(spec.id).starting();
  // From here on it is not heard, though it takes a while to tell the device.
  let stoppedAt = clock.now();
  signal.addEventListener('abort', () => (stoppedAt = clock.now()), { once: true });

  await supervise({
    signal,
    clock,
    run: (running, up) =>
      listen({ ...options, log, wants, unitOf, signal: running, up, sign: () => unit?.sign() }),
    onDown(error, down) {
      void unit?.lost(error);
      logDown(log, error, down);
    },
    onUp: up => logUp(log, up),
  });
  await unit?.stopped(stoppedAt);
}

interface Connection extends CameraOptions {
  wants(topic: string): boolean;
  unitOf(device: string): Unit;
  up(): void;
  /** Bytes came: it is certainly heard now. */
  sign(): void;
}

/** One connection: events wait until it is known whose they are; another device's get no further. */
async function listen(options: Connection): Promise<void> {
  const { spec, source, clock, log, signal } = options;
  const ended = new AbortController();
  const end = () => ended.abort();
  signal.addEventListener('abort', end);
  const gate = createGate();
  gate.decided.catch(end);
  let opening: Promise<void> | undefined;
  try {
    await source.run({
      address: spec.address,
      include: spec.include,
      clock,
      log,
      signal: ended.signal,
      opened(detail) {
        opening = open(options, detail, ended.signal).then(gate.open, gate.refuse);
      },
      emit: gate.take,
      count(counter, by = 1) {
        options.count(counter, by);
        if (counter === 'bytes') options.sign();
      },
    });
  } finally {
    signal.removeEventListener('abort', end);
    ended.abort();
    // What it says of the device must not come after what is said of the end.
    await opening;
  }
  if (!signal.aborted) await gate.decided;
}

/** The stream is up: finds out who is there, says what was missed, and lets the events through. */
async function open(options: Connection, detail: OpenDetail, signal: AbortSignal): Promise<Take> {
  const { spec, clock, log, wants, up } = options;
  const { address } = spec;
  const { decode, limit } = options.fleet;
  const ask = () => limit(() => askIdentity({ address, realm: detail.realm, decode, clock, signal }), signal);
  const identity = await ask();
  signal.throwIfAborted();
  checkSerial(address.host, spec.serial, identity.serial);
  for (const refusal of identity.refusals) log.warn({ code: refusal.code }, explain(refusal));
  const device = spec.id ?? identity.serial;
  if (device === undefined)
    throw fail('CONFIG', `${address.host} tells no serial number: give the camera an \`id\``);
  const unit = options.unitOf(device);
  const skew = clockSkew(detail.date, clock.now());
  const { serial, declarations } = await unit.heard({
    ...identity,
    serial: identity.serial ?? spec.serial,
    skew,
  });
  signal.throwIfAborted();
  up();
  const reread = async () => (await ask()).declarations;
  const { labels } = spec;
  const { states, outlet } = unit;
  return createSession({ device, serial, labels, declarations, reread, wants, states, outlet, clock });
}

function logDown(log: Log, error: BridgeError, { news, waitMs }: Down): void {
  if (news) log.warn({ code: error.code, retryInS: Math.round(waitMs / 1000) }, explain(error));
}

function logUp(log: Log, { news, attempts, downMs }: Up): void {
  if (attempts === 0) log.info({}, 'heard');
  else if (news) log.info({ attempts, downS: Math.round(downMs / 1000) }, 'heard again');
}
