// One camera as a unit: it is heard, known, supervised, and honest about when it was not.
import type { Source, SourceCounter, SourceName } from '../sources/source.ts';
import type { Clock } from '../util/clock.ts';
import type { BridgeError } from '../util/errors.ts';
import { type Log, withFields } from '../util/log.ts';
import { type Down, supervise, type Up } from '../util/supervise.ts';
import { explain } from './availability.ts';
import { withinBudget } from './budget.ts';
import { type ConnectionOptions, listen } from './connection.ts';
import type { Fleet } from './fleet.ts';
import { askIdentity } from './identity.ts';
import { createLadder, type Ladder, type Rung } from './ladder.ts';
import type { Notes, Outlet } from './outlet.ts';
import { createPoller } from './poller.ts';
import type { CameraSpec } from './spec.ts';
import { createUnit, type Unit } from './unit.ts';

export interface CameraOptions {
  spec: CameraSpec;
  sources: Readonly<Partial<Record<SourceName, Source>>>;
  notes: Notes;
  /** Opens the way out for a device ID; throws CONFIG where another camera has it. */
  outlet(device: string): Outlet;
  fleet: Fleet;
  count(counter: SourceCounter, by: number): void;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

export interface Camera {
  /** Resolves once `signal` was aborted and all of it has ended; never rejects. */
  ended: Promise<void>;
  /** Connects and polls anew, so that all states and readings are said again. */
  restart(): void;
}

/** Hears the camera until `signal` is aborted. */
export function startCamera(options: CameraOptions): Camera {
  const { clock, signal } = options;
  const log = withFields(options.log, { camera: options.spec.id ?? options.spec.address.host });
  const units = createUnits({ ...options, log });
  let restart = () => {};
  // From here on it is not heard, though it takes a while to tell the device.
  let stoppedAt = clock.now();
  signal.addEventListener('abort', () => (stoppedAt = clock.now()), { once: true });

  const hear = createHearer({ ...options, log }, units);
  const poller = createPoller({ ...options, unit: units.unit, log });
  const run = async (running: AbortSignal, up: () => void): Promise<void> => {
    while (!running.aborted) {
      const turn = new AbortController();
      const end = () => turn.abort();
      restart = end;
      running.addEventListener('abort', end);
      await hear(turn.signal, up)
        .catch(error => {
          if (!turn.signal.aborted) throw error;
        })
        .finally(() => running.removeEventListener('abort', end));
      if (!running.aborted) await units.unit()?.restarting();
    }
  };
  const ended = supervise({
    signal,
    clock,
    run,
    onDown(error, down) {
      void units.unit()?.lost(error);
      poller.lost(error.code);
      logDown(log, error, down);
    },
    onUp(up) {
      poller.heard();
      logUp(log, up);
    },
  })
    .then(poller.ended)
    .then(() => units.unit()?.stopped(stoppedAt));
  return {
    ended,
    restart() {
      restart();
      poller.restart();
    },
  };
}

interface Units {
  of(device: string): Unit;
  /** Undefined until the device is known. */
  unit(): Unit | undefined;
}

function createUnits({ spec, outlet, notes, fleet, clock, log }: CameraOptions): Units {
  const { budget } = spec;
  const paced = (free: Outlet) => withinBudget({ outlet: free, budget, clock, log });
  let unit: Unit | undefined;
  const units: Units = {
    of(device) {
      unit ??= createUnit({ device, outlet: paced(outlet(device)), notes, intern: fleet.intern, clock });
      return unit;
    },
    unit: () => unit,
  };
  if (spec.id !== undefined) units.of(spec.id).starting(spec.source);
  return units;
}

/** Makes the function that hears the device once, by the first way that opens. */
function createHearer(options: CameraOptions, units: Units) {
  const { spec, sources, fleet, clock, log } = options;
  const { address, include } = spec;
  const identify = (apis: boolean) => (realm: string | undefined, signal: AbortSignal) =>
    fleet.limit(() => askIdentity({ address, realm, apis, decode: fleet.decode, clock, signal }), signal);
  const survey = { ask: identify(true), address, include, clock, log };
  const ladder = createLadder({ ...survey, wanted: spec.source, sources });
  const wants = fleet.filter(include, spec.exclude);
  const ask: ConnectionOptions['ask'] = async (realm, signal) => {
    const identity = await identify(false)(realm, signal);
    ladder.saw(identity);
    return identity;
  };
  const shared = { spec, wants, ask, unit: units.unit, unitOf: units.of, count: options.count, clock, log };

  return async (signal: AbortSignal, up: () => void): Promise<void> => {
    const sign = () => units.unit()?.sign();
    for (let rung = await ladder.first(signal); ; ) {
      try {
        return await climb(ladder, { ...shared, rung, sign, heard: up, signal });
      } catch (error) {
        if (signal.aborted) throw error;
        rung = await ladder.after(rung, error, signal);
      }
    }
  };
}

/** Hears the device by one way, and leaves it as soon as a better one opens. */
async function climb(ladder: Ladder, options: ConnectionOptions & { rung: Rung }): Promise<void> {
  const { rung, signal } = options;
  const leaving = new AbortController();
  const leave = () => leaving.abort();
  signal.addEventListener('abort', leave);
  if (signal.aborted) leave();
  let looking: Promise<void> | undefined;
  const heard = () => {
    ladder.opened(rung);
    options.heard();
    looking = ladder.better(leaving.signal).then(found => (found ? leave() : undefined));
  };
  try {
    await listen({ ...options, heard, signal: leaving.signal });
  } finally {
    signal.removeEventListener('abort', leave);
    leave();
    await looking;
  }
}

function logDown(log: Log, error: BridgeError, { news, waitMs }: Down): void {
  if (news) log.warn({ code: error.code, retryInS: Math.round(waitMs / 1000) }, explain(error));
}

function logUp(log: Log, { news, attempts, downMs }: Up): void {
  if (attempts === 0) log.info({}, 'heard');
  else if (news) log.info({ attempts, downS: Math.round(downMs / 1000) }, 'heard again');
}
