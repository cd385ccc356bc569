// A device as its subscribers know it: availability, info, last known states, and what was not heard.
import type { Declarations } from '../event.ts';
import type { SourceName } from '../sources/source.ts';
import type { Clock } from '../util/clock.ts';
import type { BridgeError } from '../util/errors.ts';
import type { DeviceInfo } from '../vapix/device-info.ts';
import { createAvailability, type Reason } from './availability.ts';
import { createHearing } from './hearing.ts';
import type { Notes, Outlet } from './outlet.ts';
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
  heard(heard: Heard): Promise<{ serial: string; declarations: Declarations | undefined }>;
  /** What it says of itself while its stream is up; what it does not say stays as it was. */
  saw(said: Pick<Heard, 'declarations' | 'skew'>): void;
  /** Whether nothing makes it degraded. */
  isWhole(): boolean;
  readonly states: States;
  readonly outlet: Outlet;
  /** Its stream has ended, or did not come up. */
  lost(error: BridgeError): Promise<void>;
  /** The bridge ends its stream, to open another at once. */
  restarting(): Promise<void>;
  /** Whether the last request of the pollers was answered. */
  polled(answered: boolean): void;
  /** The bridge stopped listening at `at` (ms since the epoch). */
  stopped(at: number): Promise<void>;
  /** Bytes of it were read. */
  sign(): void;
}

export function createUnit({ device, outlet, notes, intern, clock }: UnitOptions): Unit {
  const states = createStates({ device, notes, intern });
  const hearing = createHearing(device, notes);
  const available = createAvailability(outlet, clock);
  let known: Heard | undefined;
  let lastSign = clock.now();
  const tell = (heard: Heard) => outlet.info(() => infoOf(heard), heard.serial);

  return {
    id: device,
    serial: () => known?.serial,
    states,
    outlet,
    starting: source => available({ source, reason: 'STARTING' }),
    async heard(heard) {
      const last = known;
      const declarations = heard.declarations ?? last?.declarations;
      known = {
        ...heard,
        declarations,
        serial: heard.serial ?? last?.serial,
        info: heard.info ?? last?.info,
      };
      lastSign = clock.now();
      const begun = hearing.begin(clock.now(), heard.bootId);
      if (begun.gap) await outlet.gap(begun.gap, begun.notes);
      else await outlet.remember(begun.notes);
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
    async lost(error) {
      available({ heard: false, reason: error.code });
      await outlet.remember(hearing.end(lastSign, error.code));
    },
    async stopped(at) {
      available({ heard: false, polled: false, reason: 'STOPPED' });
      await outlet.remember(hearing.end(at, 'BRIDGE'));
    },
    restarting: () => outlet.remember(hearing.end(clock.now(), 'BRIDGE')),
    polled: answered => available({ polled: answered }),
    sign() {
      lastSign = clock.now();
    },
  };
}

function reasonOf({ declarations, skew }: Heard): Reason | undefined {
  if (declarations === undefined) return 'NO_DECLARATIONS';
  return Math.abs(skew ?? 0) > SKEW_MAX ? 'CLOCK' : undefined;
}

function infoOf({ serial, info, declarations, skew, source }: Heard): string {
  const { model, fullName, productType, firmware } = info ?? {};
  const events = Object.fromEntries(
    [...(declarations ?? [])].map(([topic, { topic: _, ...declared }]) => [topic, declared]),
  );
  return JSON.stringify({
    serial,
    model,
    fullName,
    productType,
    firmware,
    source,
    clockSkewMs: skew,
    events,
  });
}
