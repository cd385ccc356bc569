// A device as its subscribers know it: availability, info, last known states, and what was not heard.
import type { Declarations } from '../event.ts';
import type { SourceName } from '../sources/source.ts';
import type { Clock } from '../util/clock.ts';
import type { BridgeError, ErrorCode } from '../util/errors.ts';
import { fitJson } from '../util/fit.ts';
import { type Moment, momentOf } from '../util/moment.ts';
import type { DeviceInfo } from '../vapix/device-info.ts';
import { createAvailability, type Reason } from './availability.ts';
import { GapTracker } from './gap-tracker.ts';
import type { Note, Notes, Outlet } from './outlet.ts';
import { createStates, type States } from './states.ts';
import type { Passed } from './survey.ts';

/** A clock that is further off (ms) makes the device degraded. */
const SKEW_MAX = 30_000;

export interface UnitOptions {
  device: string;
  outlet: Outlet;
  notes: Notes;
  intern(text: string): string;
  clock: Clock;
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

export function createUnit({ device, outlet, notes, intern, clock }: UnitOptions): Unit {
  const states = createStates({ device, notes, intern });
  const gaps = new GapTracker(device, notes);
  const available = createAvailability(outlet, clock);
  let known: Heard | undefined;
  // Nobody waits for what is kept: a full disk would hold up a stop and a changed configuration, and all comes in order.
  const ended = (code: ErrorCode | 'BRIDGE') => void outlet.remember(gaps.end(code));
  const tell = (heard: Heard) => outlet.info(room => infoOf(heard, room), heard.serial);

  return {
    id: device,
    serial: () => known?.serial,
    states,
    outlet,
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
      available({ source, passed, heard: true, reason: reasonOf(known) });
      tell(known);
      return { serial: known.serial ?? '', declarations };
    },
    saw({ declarations, skew }) {
      if (known === undefined) return;
      const last = known;
      known = { ...last, declarations: declarations ?? last.declarations, skew: skew ?? last.skew };
      const reason = reasonOf(known);
      if (known.declarations === last.declarations && reason === reasonOf(last)) return;
      available({ reason });
      tell(known);
    },
    isWhole: () => known !== undefined && reasonOf(known) === undefined,
    missed() {
      const missed = gaps.missed(momentOf(clock));
      if (missed !== undefined) void outlet.gap(missed.gap, missed.notes);
    },
    lost({ code }) {
      available({ heard: false, reason: code });
      ended(code);
    },
    stopped() {
      available({ heard: false, polled: false, reason: 'STOPPED' });
      ended('BRIDGE');
    },
    restarting: () => ended('BRIDGE'),
    polled: answered => available({ polled: answered }),
    caughtUp: (asOf, lastTime) => gaps.caughtUp(asOf, lastTime),
    unsaved: () => gaps.unsaved(),
  };
}

function reasonOf({ declarations, skew }: Heard): Reason | undefined {
  if (declarations === undefined) return 'NO_DECLARATIONS';
  return Math.abs(skew ?? 0) > SKEW_MAX ? 'CLOCK' : undefined;
}

function infoOf({ serial, info, declarations, skew, source }: Heard, room: number): string {
  const { model, fullName, productType, firmware } = info ?? {};
  const events = Object.fromEntries(
    [...(declarations ?? [])].map(([topic, { topic: _, ...declared }]) => [topic, declared]),
  );
  const about = { serial, model, fullName, productType, firmware, source, clockSkewMs: skew };
  return fitJson(room, [() => ({ ...about, events }), () => ({ ...about, events: {} })]);
}
