// Hears one device: by which way, for how long, and once more where a broker has lost what it said.
import type { Unreadable } from '../event.ts';
import type { SourceCounter } from '../sources/source.ts';
import type { Clock } from '../util/clock.ts';
import { endWith } from '../util/ending.ts';
import type { Log } from '../util/log.ts';
import { AbsentApis } from './absent-apis.ts';
import { type ConnectionOptions, listen, type Question } from './connection.ts';
import type { Fleet } from './fleet.ts';
import type { Take } from './gate.ts';
import { askIdentity } from './identity.ts';
import type { Known } from './known.ts';
import { createLadder, type Ladder, type Sources } from './ladder.ts';
import { namingTls } from './port-of-tls.ts';
import { restate } from './restate.ts';
import type { CameraSpec } from './spec.ts';
import type { Units } from './units.ts';

export interface Hearer {
  /** Hears the device once, by the first way that opens; resolves at the signal, or when a better way is there. */
  hear(signal: AbortSignal, up: () => void): Promise<void>;
  /** Has the device say its states once more, if it is heard just now. */
  sayAgain(): void;
}

export interface HearerOptions {
  spec: CameraSpec;
  known: Known;
  sources: Sources;
  units: Units;
  fleet: Fleet;
  count(counter: SourceCounter, by: number): void;
  unreadable(what: Unreadable): void;
  missed(): void;
  clock: Clock;
  log: Log;
}

export function createHearer(options: HearerOptions): Hearer {
  const { spec, known, sources, units, fleet, count, unreadable, missed, clock, log } = options;
  const { address, include } = spec;
  const absent = new AbsentApis(clock);
  const identify = (apis: boolean, about?: Question) => (realm: string | undefined, signal: AbortSignal) => {
    const { isOnvif = false, isAgain = false } = about ?? {};
    if (!isAgain) absent.forget();
    const question = { address, realm, apis, isOnvif, absent, decode: fleet.decode, clock, signal };
    return fleet.limit(() => askIdentity(question), signal);
  };
  const survey = { ask: identify(true), address, include, clock, log };
  const ladder = createLadder({ ...survey, wanted: spec.source, sources });
  const wants = fleet.filter(include, spec.exclude);
  const ask: ConnectionOptions['ask'] = async (realm, signal, about) => {
    const identity = await identify(false, about)(realm, signal);
    ladder.saw(identity);
    return identity;
  };
  const beside = { count, unreadable, missed, clock, log };
  const shared = { spec, known, wants, ask, unit: units.unit, unitOf: units.of, ...beside };

  let live: Live | undefined;
  const hear: Hearer['hear'] = async (signal, up) => {
    let isNew = true;
    const heard = (now: Live | undefined) => {
      live = now;
      if (now === undefined) return;
      isNew = false;
      up();
    };
    const failed = async (error: unknown) => {
      throw isNew ? await namingTls(error, address, signal) : error;
    };
    for (let rung = await ladder.first(signal).catch(failed); ; ) {
      try {
        return await climb(ladder, { ...shared, rung, signal }, heard);
      } catch (error) {
        if (signal.aborted) throw error;
        rung = await ladder.after(rung, error, signal).catch(failed);
      }
    }
  };
  return { hear, sayAgain: () => live?.sayAgain() };
}

/** A stream that is up. */
interface Live {
  sayAgain(): void;
}

/** Hears the device by one way, and leaves it as soon as a better one opens. */
async function climb(
  ladder: Ladder,
  options: Omit<ConnectionOptions, 'heard'>,
  heard: (live: Live | undefined) => void,
): Promise<void> {
  const { rung, spec, clock, log, signal } = options;
  const leaving = endWith(signal);
  const beside = new Set<Promise<void>>();
  const up = (retell: Take) => {
    ladder.opened(rung);
    beside.add(ladder.better(leaving.signal).then(found => (found ? leaving.end() : undefined)));
    const again = { ...spec, run: rung.run, retell, clock, log, signal: leaving.signal };
    // A device that has no room for a second stream says its states when the first is opened anew.
    const sayAgain = oneByOne(() => restate(again).catch(leaving.end));
    heard({ sayAgain: () => void beside.add(sayAgain()) });
  };
  try {
    await listen({ ...options, heard: up, signal: leaving.signal });
  } finally {
    heard(undefined);
    leaving.unlink();
    leaving.end();
    await Promise.all(beside);
  }
}

/** Once more behind the one that runs, however often it is asked for meanwhile. */
function oneByOne(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const run = () => {
    next = undefined;
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (running === undefined) return run();
    next ??= running.then(run);
    return next;
  };
}
