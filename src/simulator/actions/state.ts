// What a simulated device has been made to do, and what it can do: a test reads and sets any of it.
import type { Clock } from '../../util/clock.ts';

/** One thing that the device was asked for and did: `siren`, `start Alarm`. */
interface Act {
  api: string;
  what: string;
}

export interface Equipment {
  /** In their order; the last 1,000. */
  readonly acted: Act[];
  /** Profiles of siren and light by name, and whether they run. */
  readonly profiles: Map<string, boolean>;
  /** Disks that it can record to. */
  readonly disks: string[];
  /** IDs of the recordings under way. */
  readonly recordings: Set<string>;
  /** How many recordings there ever were. */
  recorded: number;
  /** Numbers of the virtual inputs that are active. */
  readonly virtualInputs: Set<number>;
  readonly presets: Map<number, string>;
  readonly lights: Map<string, { on: boolean; intensity: number }>;
  /** Names of the clips, by their place. */
  readonly clips: string[];
  readonly overlays: { identity: number; camera: number; text: string }[];
  /** Ends of pulses that are to come. */
  readonly pulses: Set<() => void>;
}

const ACTS_MAX = 1000;

/** A device with all that actions can be for. */
export function createEquipment(): Equipment {
  return {
    acted: [],
    profiles: new Map([
      ['Alarm', false],
      ['Profile 1', false],
    ]),
    disks: ['SD_DISK', 'NetworkShare'],
    recordings: new Set(),
    recorded: 0,
    virtualInputs: new Set(),
    presets: new Map([
      [1, 'Home'],
      [2, 'Gate'],
    ]),
    lights: new Map([['led0', { on: false, intensity: 500 }]]),
    clips: ['Camera clicks', 'Dog barking'],
    overlays: [],
    pulses: new Set(),
  };
}

export function note({ acted }: Equipment, api: string, what: string): void {
  acted.push({ api, what });
  if (acted.length > ACTS_MAX) acted.shift();
}

/** Does `work` after so long, unless the device stops before. */
export function later({ pulses }: Equipment, clock: Clock, ms: number, work: () => void): void {
  const cancel = clock.after(ms, () => {
    pulses.delete(cancel);
    work();
  });
  pulses.add(cancel);
}

/** What a stop of the device ends. */
export function endPulses({ pulses }: Equipment): void {
  for (const cancel of pulses) cancel();
  pulses.clear();
}
