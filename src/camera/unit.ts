// A device as its subscribers know it: availability, info, last known states, and what was not heard.
import type { Declarations } from '../event.ts';
import type { SourceName } from '../sources/source.ts';
import type { Clock } from '../util/clock.ts';
import type { BridgeError, ErrorCode } from '../util/errors.ts';
import { fitJson } from '../util/fit.ts';
import type { Log } from '../util/log.ts';
import { type Moment, momentOf } from '../util/moment.ts';
import type { DeviceInfo } from '../vapix/device-info.ts';
import { createAvailability } from './availability.ts';
import { FLAWS, type Flaw, flawsOf } from './flaws.ts';
import type { Fleet } from './fleet.ts';
import { GapTracker } from './gap-tracker.ts';
import type { Note, Notes, Outlet } from './outlet.ts';
import { createStates, type States } from './states.ts';
import type { Passed } from './survey.ts';

export interface UnitOptions {
  device: string;
  outlet: Outlet;
  notes: Notes;
  fleet: Pick<Fleet, 'intern' | 'serials'>;
  /** The patterns of the events that are wanted of it. */
  include: readonly string[];
  clock: Clock;
  log: Log;
}

export interface Heard {
  /** The way in which it is heard, and better ones that it does not offer. */
  source: SourceName;
  passed: Passed;
  serial: string | undefined;
  info: DeviceInfo | undefined;
  declarations: Declarations | undefined;
  bootId: string | undefined;
  /** Before the stream was asked for. */
  since: Moment;
  /** The device's clock against the bridge's, ms. */
  skew: number | undefined;
}

export interface Unit {
  /** The device ID. */
  readonly id: string;
  /** Its serial number, once it is known. */
  serial(): string | undefined;
  /** When its present address was found (ms since the epoch), where it is looked for. */
  found(at: number | undefined): void;
  /** It has not been heard yet; `source`: how it is to be. */
  starting(source: string): void;
  /** Its stream is up: publishes the gap that ends with it and what it is; gives what a session needs. */
  heard(heard: Heard): { serial: string; declarations: Declarations | undefined };
  /** What it says of itself while its stream is up; what it does not say stays as it was. */
  saw(said: Pick<Heard, 'declarations' | 'skew'>): void;
  /** Whether nothing makes it degraded. */
  isWhole(): boolean;
  readonly states: States;
  readonly outlet: Outlet;
  /** What it said since it was last caught up may be lost, though its stream goes on. */
  missed(): void;
  /** Its stream has ended, or did not come up. */
  lost(error: BridgeError): void;
  /** The bridge ends its stream, to open another at once. */
  restarting(): void;
  /** Whether the last request of the pollers was answered. */
  polled(answered: boolean): void;
  /** The bridge has stopped listening. */
  stopped(): void;
  /** All that it had said by then is durable; `lastTime` is its own time in the last event before. */
  caughtUp(asOf: Moment, lastTime: string | undefined): void;
  /** What has to be kept from time to time, in case of a crash. */
  unsaved(): Note[];
}

export function createUnit(options: UnitOptions): Unit {
  const { device, outlet, notes, fleet, include, clock, log } = options;
  const { serials } = fleet;
  const states = createStates({ device, notes, intern: fleet.intern });
  const gaps = new GapTracker(device, notes);
  const available = createAvailability(outlet, clock);
  let known: Heard | undefined;
  let isHeard = false;
  // Nobody waits for what is kept: a full disk would hold up a stop and a changed configuration, and all comes in order.
  const ended = (code: ErrorCode | 'BRIDGE') => void outlet.remember(gaps.end(code));
  const tell = (heard: Heard) => outlet.info(room => infoOf(heard, room), heard.serial);
  const flawOf = (heard: Heard): Flaw | undefined =>
    heard.serial !== undefined && serials.others(heard.serial, device).length > 0
      ? 'SAME_SERIAL'
      : flawsOf({ ...heard, include })[0];

  /** What it lacks; told once, until it is another thing. */
  let told: Flaw | undefined;
  const judge = (heard: Heard): Flaw | undefined => {
    const flaw = flawOf(heard);
    // Who tells the same serial number is told where that begins.
    if (flaw !== undefined && flaw !== told && flaw !== 'SAME_SERIAL') log.warn({ code: flaw }, FLAWS[flaw]);
    told = flaw;
    return flaw;
  };

  /** The serial number that it tells, and the end of that. */
  let claimed: string | undefined;
  let release = () => {};
  const claim = (serial: string | undefined) => {
    if (serial === claimed) return;
    release();
    claimed = serial;
    release = serial === undefined ? () => {} : serials.claim(serial, device, shared);
    const others = serial === undefined ? [] : serials.others(serial, device);
    if (others.length > 0) log.warn({ code: 'SAME_SERIAL', serial, others }, SAME_SERIAL);
  };
  const shared = () => {
    if (isHeard && known !== undefined) available({ reason: flawOf(known) });
  };

  return {
    id: device,
    serial: () => known?.serial,
    states,
    outlet,
    found(at) {
      if (at !== undefined) available({ found: new Date(at).toISOString() });
    },
    starting: source => available({ source, reason: 'STARTING' }),
    heard(heard) {
      const last = known;
      const declarations = heard.declarations ?? last?.declarations;
      known = {
        ...heard,
        declarations,
        serial: heard.serial ?? last?.serial,
        info: heard.info ?? last?.info,
      };
      const { since, bootId } = heard;
      const { gap, notes: kept } = gaps.begin({ since, now: momentOf(clock), bootId });
      void (gap === undefined ? outlet.remember(kept) : outlet.gap(gap, kept));
      const { source, passed } = heard;
      isHeard = true;
      claim(known.serial);
      available({ source, passed, heard: true, reason: judge(known) });
      tell(known);
      return { serial: known.serial ?? '', declarations };
    },
    saw({ declarations, skew }) {
      if (known === undefined) return;
      const last = known;
      known = { ...last, declarations: declarations ?? last.declarations, skew: skew ?? last.skew };
      const before = told;
      const reason = judge(known);
      if (known.declarations === last.declarations && reason === before) return;
      available({ reason });
      tell(known);
    },
    isWhole: () => known !== undefined && flawsOf({ ...known, include: ANY }).length === 0,
    missed() {
      const missed = gaps.missed(momentOf(clock));
      if (missed !== undefined) void outlet.gap(missed.gap, missed.notes);
    },
    lost({ code }) {
      isHeard = false;
      available({ heard: false, reason: code });
      ended(code);
    },
    stopped() {
      isHeard = false;
      claim(undefined);
      available({ heard: false, polled: false, reason: 'STOPPED' });
      ended('BRIDGE');
    },
    restarting: () => ended('BRIDGE'),
    polled: answered => available({ polled: answered }),
    caughtUp: (asOf, lastTime) => gaps.caughtUp(asOf, lastTime),
    unsaved: () => gaps.unsaved(),
  };
}

const SAME_SERIAL =
  'another camera tells the same serial number: Home Assistant shows two devices, topics made of {serial} and the `id` of events do not tell them apart';

/** Patterns that nothing is asked again for. */
const ANY = ['**'];

function infoOf({ serial, info, declarations, skew, source }: Heard, room: number): string {
  const { brand, model, fullName, productType, firmware } = info ?? {};
  const events = Object.fromEntries(
    [...(declarations ?? [])].map(([topic, { topic: _, ...declared }]) => [topic, declared]),
  );
  const about = { serial, brand, model, fullName, productType, firmware, source, clockSkewMs: skew };
  return fitJson(room, [() => ({ ...about, events }), () => ({ ...about, events: {} })]);
}
