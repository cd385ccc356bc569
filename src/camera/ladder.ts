// Which way to hear a device: the one that is configured, or the best that opens.
import type { Source, SourceName } from '../sources/source.ts';
import { tryOut } from '../sources/trial.ts';
import { type Clock, sleep } from '../util/clock.ts';
import { type ErrorCode, fail, fromSystem } from '../util/errors.ts';
import type { Identity } from './identity.ts';
import { orderOf, type Passed, type SurveyOptions, survey } from './survey.ts';

export type Sources = Readonly<Partial<Record<SourceName, Source>>>;

export interface Rung {
  name: SourceName;
  run: Source;
  passed: Passed;
  /** What the device said of itself while a way was looked for. */
  identity?: Identity;
}

export interface LadderOptions extends Omit<SurveyOptions, 'signal'> {
  /** `auto`, or the only way that is wanted. */
  wanted: 'auto' | SourceName;
  sources: Sources;
  clock: Clock;
}

export interface Ladder {
  /** The way to begin with: the one that worked last, or the best that the device seems to have. */
  first(signal: AbortSignal): Promise<Rung>;
  /** The next way, after this one ended with that error; throws the error that tells most where none is left. */
  after(rung: Rung, error: unknown, signal: AbortSignal): Promise<Rung>;
  /** This way works. */
  opened(rung: Rung): void;
  /** What the device says of itself: with another firmware, or its declarations, it may have more to offer. */
  saw(identity: Identity): void;
  /** Resolves with true once a better way than the one in use opens too, which is then the first; else with false. */
  better(signal: AbortSignal): Promise<boolean>;
}

/** What the device does not have, or not for this account. */
const LACKING = new Set<ErrorCode>([
  'NOT_FOUND',
  'UNSUPPORTED',
  'FORBIDDEN',
  'REFUSED',
  'REDIRECT',
  'INSECURE',
]);
/** Faults that have nothing to do with the way. */
const COMMON = new Set<ErrorCode>(['WRONG_DEVICE', 'CONFIG', 'STORE', 'INTERNAL', 'ADDRESS']);
/** A way that worked is given up when it does not open so often in a row: another may. */
const FAILURES_MAX = 3;
/** How often (ms) a way that was passed over is tried again. */
const LOOK_MS = 1_800_000;
/** The same for a device with new firmware, once it has had the time (ms) to start all of it. */
const SETTLE_MS = 60_000;

export function createLadder(options: LadderOptions): Ladder {
  const { wanted, address } = options;
  let order: SourceName[] = [];
  let line: Rung[] = [];
  let passed: Partial<Record<SourceName, ErrorCode>> = {};
  let reason: unknown;
  let best: Rung | undefined;
  let failures = 0;
  let isOpen = false;
  let firmware: string | undefined;
  let lookSoon = false;

  const rungs = (names: readonly SourceName[], identity?: Identity): Rung[] =>
    names.flatMap(name => {
      const run = options.sources[name];
      return run === undefined ? [] : [{ name, run, passed, ...(identity && { identity }) }];
    });

  /** The ways that would be better. */
  const above = ({ name }: Rung): SourceName[] => order.slice(0, Math.max(0, order.indexOf(name)));

  /** With what is known against the better ones. */
  const withPassed = (rung: Rung): Rung => ({
    ...rung,
    passed: Object.fromEntries(above(rung).map(name => [name, passed[name]])),
  });

  const next = (): Rung => {
    const rung = line.shift();
    if (rung === undefined) throw reason ?? fail('UNSUPPORTED', `${address.host}: no way to hear it is left`);
    return withPassed(rung);
  };

  const look = async (signal: AbortSignal): Promise<Rung> => {
    const found = await survey({ ...options, signal });
    passed = { ...found.passed };
    reason = found.reason;
    firmware = found.identity.info?.firmware;
    order = found.order;
    line = rungs(
      order.filter(name => passed[name] === undefined),
      found.identity,
    );
    return next();
  };

  /** The first of these that opens just now. */
  const opening = async (names: readonly SourceName[], signal: AbortSignal): Promise<Rung | undefined> => {
    for (const rung of rungs(names)) {
      const failed = await tryOut(rung.run, { ...options, signal }).then(
        () => false,
        () => true,
      );
      if (!failed) return rung;
    }
    return undefined;
  };

  return {
    async first(signal) {
      isOpen = false;
      if (best !== undefined) return best;
      if (wanted === 'auto') return look(signal);
      line = rungs([wanted]);
      return next();
    },
    async after(rung, error, signal) {
      const { code } = fromSystem(error, address.host);
      if (wanted !== 'auto' || isOpen || COMMON.has(code)) throw error;
      if (best !== undefined) {
        failures += 1;
        const isLost = LACKING.has(code) || (failures >= FAILURES_MAX && code !== 'AUTH');
        if (!isLost) throw error;
        best = undefined;
        return look(signal);
      }
      // A password that one way took is not wrong because another refuses it.
      if (code === 'AUTH' && passed.rtsp !== undefined) throw error;
      reason ??= error;
      passed[rung.name] = code;
      return next();
    },
    opened(rung) {
      const { identity: _, ...way } = rung;
      best = way;
      failures = 0;
      isOpen = true;
    },
    saw(identity) {
      const { info, declarations } = identity;
      if (info !== undefined && info.firmware !== firmware) lookSoon = firmware !== undefined;
      firmware = info?.firmware ?? firmware;
      // What it does not declare just now it has declared before.
      if (order.length > 0 && declarations !== undefined) order = orderOf(identity);
    },
    async better(signal) {
      while (wanted === 'auto' && !signal.aborted) {
        await sleep(options.clock, lookSoon ? SETTLE_MS : LOOK_MS, signal);
        lookSoon = false;
        const preferred = best === undefined ? [] : above(best);
        const found = signal.aborted ? undefined : await opening(preferred, signal);
        if (found === undefined) continue;
        // That it opens says more than what the device lists.
        delete passed[found.name];
        best = withPassed(found);
        return true;
      }
      return false;
    },
  };
}
