// The device of a camera, of which nobody may know who it is until it is heard.
import type { Clock } from '../util/clock.ts';
import type { Log } from '../util/log.ts';
import { withinBudget } from './budget/budget.ts';
import type { Fleet } from './fleet.ts';
import type { Notes, Outlet } from './outlet.ts';
import type { CameraSpec } from './spec.ts';
import { createUnit, type Unit } from './unit.ts';

export interface UnitsOptions {
  spec: CameraSpec;
  outlet(device: string): Outlet;
  notes: Notes;
  fleet: Fleet;
  clock: Clock;
  log: Log;
}

export interface Units {
  of(device: string): Unit;
  /** Undefined until the device is known. */
  unit(): Unit | undefined;
}

/** The one device of a camera, made when its ID is known: at once where the configuration names it. */
export function createUnits({ spec, outlet, notes, fleet, clock, log }: UnitsOptions): Units {
  const { budget, include } = spec;
  const paced = (free: Outlet) => withinBudget({ outlet: free, budget, clock, log });
  let unit: Unit | undefined;
  const units: Units = {
    of(device) {
      unit ??= createUnit({ device, outlet: paced(outlet(device)), notes, fleet, include, clock, log });
      return unit;
    },
    unit: () => unit,
  };
  if (spec.id !== undefined) units.of(spec.id).starting(spec.source);
  return units;
}
