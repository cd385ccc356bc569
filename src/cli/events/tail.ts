// Hears one camera of the configuration without any broker: the camera's own parts, with an outlet that keeps nothing.
import { listen } from '../../camera/connection.ts';
import { createFleet } from '../../camera/fleet.ts';
import { askIdentity } from '../../camera/identity.ts';
import { createKnown } from '../../camera/known.ts';
import { createLadder, type Rung, type Sources } from '../../camera/ladder.ts';
import type { Availability, Notes, Outlet } from '../../camera/outlet.ts';
import { createUnit } from '../../camera/unit.ts';
import { UnreadableReport } from '../../camera/unreadable.ts';
import type { CameraConfig } from '../../config/types.ts';
import type { Declarations, Occurrence } from '../../event.ts';
import { decodeEventInstances } from '../../protocol/event-instances.ts';
import type { Source, SourceName } from '../../sources/source.ts';
import type { Clock } from '../../util/clock.ts';
import type { Log } from '../../util/log.ts';
import { SOURCES } from '../sources.ts';

const ALL = ['**'];

/** A document as it came, and by which way. */
export interface RawDocument {
  via: SourceName | 'declarations';
  bytes: Buffer;
}

export interface TailOptions {
  camera: CameraConfig;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  /** The device is heard, and how. */
  heard?(availability: Availability): void;
  event(occurrence: Occurrence): void;
  raw?: ((document: RawDocument) => void) | undefined;
}

/**
 * Hears every event of the camera, wanted or not, by the best way that opens, until `signal` is aborted (resolves) or
 * the stream ends (rejects with a BridgeError): what is lost is not opened again.
 */
export async function tail(options: TailOptions): Promise<void> {
  const { camera, clock, log, signal } = options;
  const decode = decoder(options);
  const identify =
    (apis: boolean) => (realm: string | undefined, asking: AbortSignal, about?: { isOnvif: boolean }) =>
      askIdentity({ address: camera, realm, apis, ...about, decode, clock, signal: asking });
  const common = { address: camera, include: ALL, clock, log };
  const ladder = createLadder({
    ...common,
    ask: identify(true),
    wanted: camera.source === 'device-mqtt' ? 'auto' : camera.source,
    sources: tapped(options),
  });
  const hear = hearer(options, identify(false));
  try {
    for (let rung = await ladder.first(signal); ; ) {
      try {
        return await hear(rung, () => ladder.opened(rung));
      } catch (error) {
        rung = await ladder.after(rung, error, signal);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

type Ask = Parameters<typeof listen>[0]['ask'];

function hearer(options: TailOptions, ask: Ask): (rung: Rung, heard: () => void) => Promise<void> {
  const { camera, clock, log, signal } = options;
  const { id = camera.host, serial, anySerial, source, labels } = camera;
  const spec = {
    id,
    address: camera,
    source,
    include: ALL,
    exclude: [],
    fields: [],
    polls: [],
    labels,
    anySerial,
    ...(serial && { serial }),
  };
  const fleet = createFleet(clock);
  const outlet = outletOf(options);
  const unitOf = (device: string) =>
    createUnit({ device, outlet, notes: NO_NOTES, fleet, include: ALL, clock, log });
  const nothing = () => undefined;
  const known = createKnown(spec, NO_NOTES);
  const listening = { spec, known, ask, unit: nothing, unitOf, wants: () => true, count: nothing };
  return async (rung, heard) => {
    const report = new UnreadableReport({ publish: nothing, count: nothing, clock, log });
    try {
      await listen({
        ...{ ...listening, rung, heard, clock, log, signal },
        unreadable: what => report.add(what),
        missed: nothing,
      });
    } finally {
      report.end();
    }
  };
}

const NO_NOTES: Notes = { note: () => undefined, notes: () => [] };

function outletOf({ event, heard }: TailOptions): Outlet {
  const nothing = async () => undefined;
  return {
    async deliver(delivery) {
      event(delivery);
    },
    available: availability => heard?.(availability),
    filtered: () => undefined,
    merged: () => undefined,
    reading: nothing,
    gap: nothing,
    remember: nothing,
    info: () => undefined,
  };
}

/** The sources, with each document shown before it is read. */
function tapped({ raw }: TailOptions): Sources {
  if (raw === undefined) return SOURCES;
  const tap = (via: SourceName, run: Source): Source => {
    return context => run({ ...context, raw: bytes => raw({ via, bytes }) });
  };
  const names = Object.keys(SOURCES) as SourceName[];
  const taps = names.flatMap(name => {
    const run = SOURCES[name];
    return run === undefined ? [] : [[name, tap(name, run)] as const];
  });
  return Object.fromEntries(taps);
}

function decoder({ raw }: TailOptions): (text: string) => Declarations {
  return text => {
    raw?.({ via: 'declarations', bytes: Buffer.from(text) });
    return decodeEventInstances(text);
  };
}
