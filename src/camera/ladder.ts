// Which way to hear a device: the one that is configured, or the best that opens.
import type { Source, SourceName } from '../sources/source.ts';
import { tryOut } from '../sources/trial.ts';
import { type Clock, sleep } from '../util/clock.ts';
import { type BridgeError, type ErrorCode, fail, fromSystem } from '../util/errors.ts';
import { headline } from '../util/headline.ts';
import type { Identity } from './identity.ts';
import { ABSENT, createRests } from './rests.ts';
import { orderOf, type Passed, type Survey, type SurveyOptions, survey } from './survey.ts';

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
const COMMON = new Set<ErrorCode>([
  'WRONG_DEVICE',
  'CONFIG',
  'STORE',
  'INTERNAL',
  'DESCRIPTORS',
  'ADDRESS',
  'FLOOD',
]);
/** A way that worked and does not open so often in a row is given up at the next failure: another may. */
const FAILURES_MAX = 2;
/** A device that does not say who it is may have just started: what it lacks is no verdict for so long (ms). */
const STARTING_MS = 120_000;
/** How often (ms) a way that was passed over is tried again. */
const LOOK_MS = 1_800_000;
/** The same for a device with new firmware, once it has had the time (ms) to start all of it. */
const SETTLE_MS = 60_000;

export function createLadder(options: LadderOptions): Ladder {
  const { wanted, address, clock, log } = options;
  const rests = createRests(clock);
  let order: SourceName[] = [];
  let line: Rung[] = [];
  let passed: Partial<Record<SourceName, ErrorCode>> = {};
  /** Why the ways that were tried do not open: what tells most. */
  let reason: BridgeError | undefined;
  let best: Rung | undefined;
  /** What was the best until it was given up, as long as no other has opened. */
  let left: Rung | undefined;
  let failures = 0;
  /** Whether it failed again after the device was found to be all there. */
  let isSure = false;
  let openedAt: number | undefined;
  let downSince: number | undefined;
  let firmware: string | undefined;
  let lookSoon = false;
  /** Whether the device did not say who it is when a way was looked for. */
  let isUnsure = false;

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
    passed: Object.fromEntries(above(rung).map(name => [name, rests.why(name) ?? passed[name]])),
  });

  const isAwake = (name: SourceName) => rests.left(name) === undefined;

  /** What a device that starts does not have yet. */
  const lookSoonAt = (name: SourceName) => {
    const code = passed[name];
    rests.forget(name);
    if (code !== undefined) rests.rest(name, code, ABSENT);
  };

  const leave = (rung: Rung) => {
    left = rung;
    best = undefined;
    failures = 0;
  };

  /** No other opens, so it is not the way's fault. */
  const takeBack = () => {
    if (left !== undefined) rests.forget(left.name);
    best ??= left;
    left = undefined;
  };

  const next = (): Rung => {
    const rung = line.shift();
    if (rung !== undefined) return withPassed(rung);
    takeBack();
    throw reason ?? fail('UNSUPPORTED', `${address.host}: no way to hear it is left`);
  };

  const look = (signal: AbortSignal): Promise<Survey> =>
    survey({ ...options, signal }).catch((error: unknown) => {
      takeBack();
      throw error;
    });

  /** Begins with the best that the device was found to have; those that are left alone come last. */
  const begin = (found: Survey): Rung => {
    passed = { ...found.passed };
    const { refusals } = found.identity;
    reason = headline(found.reason === undefined ? refusals : [found.reason, ...refusals]);
    firmware = found.identity.info?.firmware;
    order = found.order;
    const open = order.filter(name => passed[name] === undefined);
    line = rungs([...open.filter(isAwake), ...open.filter(name => !isAwake(name))], found.identity);
    isUnsure = isStarting(found);
    if (isUnsure) for (const name of order.filter(isAwake)) lookSoonAt(name);
    return next();
  };

  /** An open way has ended: it is left where it does so again and again. */
  const end = (rung: Rung, code: ErrorCode, lastedMs: number) => {
    const ms = rests.ended(rung.name, code, lastedMs);
    if (ms === undefined) return;
    leave(rung);
    const said = { source: rung.name, code, restS: ms / 1000 };
    log.warn(said, 'this way to hear it opens and ends again and again, and is left alone for a while');
  };

  /** The way that worked does not open: another one, where it is not just that the device starts. */
  const replace = async (rung: Rung, error: unknown, signal: AbortSignal): Promise<Rung> => {
    const { code } = fromSystem(error, address.host);
    failures += 1;
    const isLost = LACKING.has(code) || (failures >= FAILURES_MAX && code !== 'AUTH');
    if (!isLost) throw error;
    const found = await look(signal);
    if (isStarting(found) && clock.monotonic() - (downSince ?? 0) < STARTING_MS) throw error;
    // It may have failed just before the device had started.
    if (!isSure && found.passed[rung.name] === undefined) {
      isSure = true;
      throw error;
    }
    leave(rung);
    rests.rest(rung.name, code, ABSENT);
    return begin(found);
  };

  /** The first of these that opens just now. */
  const opening = async (names: readonly SourceName[], signal: AbortSignal): Promise<Rung | undefined> => {
    for (const rung of rungs(names)) {
      const failed = await tryOut(rung.run, { ...options, signal }).then(
        () => false,
        () => true,
      );
      if (!failed) return rung;
      rests.extend(rung.name);
    }
    return undefined;
  };

  /** Until one of these is worth another look. */
  const untilLook = (names: readonly SourceName[]): number =>
    Math.min(lookSoon || isUnsure ? SETTLE_MS : LOOK_MS, ...names.flatMap(name => rests.left(name) ?? []));

  return {
    async first(signal) {
      openedAt = undefined;
      if (best !== undefined) return best;
      if (wanted === 'auto') return begin(await look(signal));
      line = rungs([wanted]);
      return next();
    },
    async after(rung, error, signal) {
      const { code } = fromSystem(error, address.host);
      downSince ??= clock.monotonic();
      if (wanted !== 'auto' || COMMON.has(code)) throw error;
      if (openedAt !== undefined) {
        end(rung, code, clock.monotonic() - openedAt);
        throw error;
      }
      if (best !== undefined) return replace(rung, error, signal);
      // A password that one way took is not wrong because another refuses it.
      if (code === 'AUTH' && passed.rtsp !== undefined) throw error;
      const failed = fromSystem(error, address.host);
      reason = headline(reason === undefined ? [failed] : [reason, failed]);
      passed[rung.name] = code;
      return next();
    },
    opened(rung) {
      const { identity: _, ...way } = rung;
      best = way;
      left = undefined;
      failures = 0;
      isSure = false;
      openedAt = clock.monotonic();
      downSince = undefined;
    },
    saw(identity) {
      const { info, declarations } = identity;
      if (info !== undefined && info.firmware !== firmware) lookSoon = firmware !== undefined;
      firmware = info?.firmware ?? firmware;
      if (isUnsure && info !== undefined) {
        isUnsure = false;
        lookSoon = true;
      }
      // What it does not declare just now it has declared before.
      if (order.length > 0 && declarations !== undefined) order = orderOf(identity);
    },
    async better(signal) {
      while (wanted === 'auto' && !signal.aborted) {
        const preferred = () => (best === undefined ? [] : above(best));
        await sleep(clock, untilLook(preferred()), signal);
        lookSoon = false;
        const awake = preferred().filter(isAwake);
        const found = signal.aborted ? undefined : await opening(awake, signal);
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

/** Nothing that a device lacks which does not say who it is has to be so for long. */
function isStarting({ identity }: Survey): boolean {
  return identity.info === undefined;
}
