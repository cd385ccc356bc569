// One connection to a device, from its opening to its end: events wait until it is known whose they are.
import type { Unreadable } from '../event.ts';
import type { OpenDetail, SourceCounter } from '../sources/source.ts';
import type { Clock } from '../util/clock.ts';
import { endWith } from '../util/ending.ts';
import { fail } from '../util/errors.ts';
import type { Log } from '../util/log.ts';
import { type Moment, momentOf } from '../util/moment.ts';
import { clockSkew } from '../vapix/time.ts';
import { explain } from './availability.ts';
import { createTrim } from './fields.ts';
import { createGate, type Take } from './gate.ts';
import type { Identity } from './identity.ts';
import type { Known } from './known.ts';
import type { Rung } from './ladder.ts';
import { recheck } from './recheck.ts';
import { createSession } from './session.ts';
import type { CameraSpec } from './spec.ts';
import type { Unit } from './unit.ts';
import { forgetVanished } from './vanished.ts';

/** Of what is asked over HTTP while a stream is up. */
export interface Question {
  isOnvif: boolean;
  /** It was asked before on this connection. Default false. */
  isAgain?: boolean;
}

export interface ConnectionOptions {
  spec: CameraSpec;
  known: Known;
  rung: Rung;
  wants(topic: string): boolean;
  /** Asks the device what it is; rejects at the signal alone. */
  ask(realm: string | undefined, signal: AbortSignal, about?: Question): Promise<Identity>;
  /** Undefined until the device is known. */
  unit(): Unit | undefined;
  /** The device by its ID; throws CONFIG where another camera has it. */
  unitOf(device: string): Unit;
  /** The stream is up, and the device the right one. `retell` publishes a state that is known once more. */
  heard(retell: Take): void;
  count(counter: SourceCounter, by: number): void;
  /** Called once the device is known. */
  unreadable(what: Unreadable): void;
  /** Events were lost, though the stream goes on. */
  missed(): void;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

/** Hears the device until `signal` is aborted (resolves) or the stream ends, or is another device's (rejects). */
export async function listen(options: ConnectionOptions): Promise<void> {
  const { spec, rung, clock, log, signal, count } = options;
  const since = momentOf(clock);
  const ending = endWith(signal);
  const gate = createGate();
  gate.decided.catch(ending.end);
  let opening: Promise<void> | undefined;
  try {
    await rung.run({
      address: spec.address,
      include: spec.include,
      clock,
      log,
      signal: ending.signal,
      opened(detail) {
        opening = open(options, { ...detail, since }, ending.signal).then(gate.open, gate.refuse);
      },
      emit: gate.take,
      caughtUp: (asOf, lastTime) => options.unit()?.caughtUp(asOf, lastTime),
      count: (counter, by = 1) => count(counter, by),
      unreadable: what => void gate.decided.then(() => options.unreadable(what), NOTHING),
      missed: options.missed,
    });
  } finally {
    ending.unlink();
    ending.end();
    // What it says of the device must not come after what is said of the end.
    await opening;
  }
  if (!signal.aborted) await gate.decided;
}

const NOTHING = () => {};

/** The stream is up: finds out who is there, says what was missed, and lets the events through. */
async function open(
  connection: ConnectionOptions,
  detail: OpenDetail & { since: Moment },
  signal: AbortSignal,
): Promise<Take> {
  const { spec, known, rung, clock, log, wants, ask } = connection;
  const { address, labels } = spec;
  const skew = clockSkew(detail.date, clock.now());
  const isOnvif = rung.name === 'pullpoint';
  const identity = rung.identity ?? (await ask(detail.realm, signal, { isOnvif }));
  signal.throwIfAborted();
  known.check(identity.serial);
  for (const refusal of identity.refusals) log.warn({ code: refusal.code }, explain(refusal));
  const device = spec.id ?? identity.serial ?? known.serial();
  if (device === undefined)
    throw fail('CONFIG', `${address.host} tells no serial number: give the camera an \`id\``);
  const unit = connection.unitOf(device);
  const { serial, declarations } = unit.heard({
    ...identity,
    serial: identity.serial ?? known.serial(),
    since: detail.since,
    skew: skew ?? identity.skew,
    source: rung.name,
    passed: rung.passed,
  });
  void unit.outlet.remember(known.heard(device, identity.serial));
  signal.throwIfAborted();
  const reread = async () => {
    const said = await ask(detail.realm, signal, { isOnvif, isAgain: true });
    if (!signal.aborted) unit.saw(said);
    return said.declarations;
  };
  const { states, outlet } = unit;
  const trim = createTrim(spec.fields);
  const { unreadable } = connection;
  const options = {
    ...{ device, serial, labels, declarations, reread, wants, unreadable, trim, states, outlet, clock },
  };
  const session = createSession(options);
  const { take, deliver, retell } = session;
  connection.heard(retell);
  void recheck({ isWhole: unit.isWhole, ask: session.reread, clock, signal });
  forgetVanished({ source: rung.name, states, deliver, clock, signal });
  return take;
}
