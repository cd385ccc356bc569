// One camera as a unit: it is heard, known, supervised, and honest about when it was not.
import type { Source, SourceCounter, SourceName } from '../sources/source.ts';
import type { Clock } from '../util/clock.ts';
import { type BridgeError, ERRORS } from '../util/errors.ts';
import { type Log, withFields } from '../util/log.ts';
import { type Down, supervise, type Up } from '../util/supervise.ts';
import { explain } from './availability.ts';
import type { Fleet } from './fleet.ts';
import { createHearer, type HearerOptions } from './hearer.ts';
import { createKnown } from './known.ts';
import type { Note, Notes, Outlet } from './outlet.ts';
import { createPoller } from './polling/poller.ts';
import type { CameraSpec } from './spec.ts';
import { createUnits } from './units.ts';
import { UnreadableReport } from './unreadable.ts';
import type { Whereabouts } from './whereabouts.ts';

export interface CameraOptions {
  spec: CameraSpec;
  sources: Readonly<Partial<Record<SourceName, Source>>>;
  notes: Notes;
  /** Opens the way out for a device ID; throws CONFIG where another camera has it. */
  outlet(device: string): Outlet;
  fleet: Fleet;
  /** Where the device is, where that is found by its serial number. */
  whereabouts?: Whereabouts;
  count(counter: SourceCounter, by: number): void;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

export interface Camera {
  /** Resolves once `signal` was aborted and all of it has ended; never rejects. */
  ended: Promise<void>;
  /** Has all states and readings published again, for a broker that has lost them. */
  sayAgain(): void;
  /** What has to be kept from time to time, in case of a crash. */
  unsaved(): Note[];
}

/** Hears the camera until `signal` is aborted. */
export function startCamera(options: CameraOptions): Camera {
  const { clock, signal } = options;
  const log = withFields(options.log, { camera: options.spec.id ?? options.spec.address.host });
  const units = createUnits({ ...options, log });
  const report = new UnreadableReport({
    publish(gap) {
      const unit = units.unit();
      void unit?.outlet.gap(gap, unit.unsaved());
    },
    count: options.count,
    clock,
    log,
  });
  const unreadable: HearerOptions['unreadable'] = what => report.add(what);
  const missed = () => {
    log.warn({}, 'an answer of the device was lost, perhaps with events');
    // Its gap begins where the device was last caught up, which may be after what is not told yet.
    report.end();
    units.unit()?.missed();
  };
  const known = createKnown(options.spec, options.notes);
  const hearer = createHearer({ ...options, known, units, unreadable, missed, log });
  const poller = createPoller({ ...options, known, unit: units.unit, log });
  const { whereabouts } = options;
  const run = async (running: AbortSignal, up: () => void): Promise<void> => {
    if (await whereabouts?.locate(running)) poller.restart();
    units.unit()?.found(whereabouts?.foundAt);
    const leave = options.fleet.connections.enter();
    try {
      while (!running.aborted) {
        await hearer.hear(running, up);
        if (running.aborted) break;
        // It was left for a better way.
        report.end();
        units.unit()?.restarting();
      }
    } finally {
      leave();
    }
  };
  const ended = supervise({
    signal,
    clock,
    run,
    wasUp: known.wasHeard,
    // Another device at an address that nobody named is no reason to wait: the right one is elsewhere.
    ...(whereabouts && {
      classify: ({ code }) => (code === 'WRONG_DEVICE' ? 'soon' : ERRORS[code].retry),
    }),
    onDown(error, down) {
      whereabouts?.lost(error.code);
      report.end();
      units.unit()?.lost(error);
      poller.lost(error.code);
      if (error.code === 'DESCRIPTORS') options.fleet.connections.tell(options.log, error);
      else logDown(log, error, down);
    },
    onUp(up) {
      whereabouts?.heard();
      poller.heard();
      logUp(log, up);
    },
  })
    .then(() => report.end())
    .then(poller.ended)
    .then(() => units.unit()?.stopped());
  return {
    ended,
    sayAgain() {
      hearer.sayAgain();
      poller.restart();
    },
    // After a crash the gap begins before what was not told.
    unsaved: () => (report.isWaiting() ? [] : (units.unit()?.unsaved() ?? [])),
  };
}

function logDown(log: Log, error: BridgeError, { news, waitMs }: Down): void {
  if (news) log.warn({ code: error.code, retryInS: Math.round(waitMs / 1000) }, explain(error));
}

function logUp(log: Log, { news, attempts, downMs }: Up): void {
  if (attempts === 0) log.info({}, 'heard');
  else if (news) log.info({ attempts, downS: Math.round(downMs / 1000) }, 'heard again');
}
