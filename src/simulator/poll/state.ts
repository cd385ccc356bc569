// What the polled APIs of a simulated device tell: a test may set any of it, and people walk in and out.

export interface Counted {
  people: { name: string; in: number; out: number };
  /** Regions of the queue monitor. */
  queue: { name: string; people: number }[];
  scenarios: Scenario[];
  ports: Port[];
  /** Degrees Celsius by sensor name. */
  sensors: Record<string, number>;
  /** Percent by which each heater runs; 0 is stopped. */
  heaters: number[];
  /** Whether each fan runs. */
  fans: boolean[];
  disks: Disk[];
}

interface Scenario {
  id: number;
  name: string;
  type: 'motion' | 'fence' | 'crosslinecounting' | 'occupancyInArea';
  /** By class: `human`, `car` … */
  counts: Record<string, number>;
}

interface Port {
  name: string;
  direction: 'input' | 'output';
  closed: boolean;
  normallyClosed: boolean;
}

interface Disk {
  id: string;
  totalKb: number;
  freeKb: number;
  wear: number;
  kelvin?: number;
}

export interface Visits {
  /** So many people walk by, in or out, into a queue or out of it; the same ones for the same serial. */
  visit(count: number): void;
}

/** A door with a counter, a counter desk with a queue, four ports, an SD card. */
export function createCounted(): Counted {
  return {
    people: { name: 'Front door', in: 0, out: 0 },
    queue: [
      { name: 'Service desk', people: 0 },
      { name: 'Checkout', people: 0 },
    ],
    scenarios: [
      { id: 1, name: 'Motion in yard', type: 'motion', counts: {} },
      { id: 2, name: 'Gate', type: 'crosslinecounting', counts: { human: 0, car: 0 } },
      { id: 3, name: 'Lobby', type: 'occupancyInArea', counts: { human: 0, car: 0 } },
    ],
    ports: [
      { name: 'Door contact', direction: 'input', closed: false, normallyClosed: false },
      { name: 'PIR sensor', direction: 'input', closed: true, normallyClosed: true },
      { name: 'Lamp', direction: 'output', closed: false, normallyClosed: false },
    ],
    sensors: { Main: 43.5, Optics: 31.25 },
    heaters: [0],
    fans: [false],
    disks: [
      { id: 'SD_DISK', totalKb: 62_500_000, freeKb: 31_250_000, wear: 2 },
      { id: 'NetworkShare', totalKb: 1_073_741_824, freeKb: 920_987_392, wear: -1 },
    ],
  };
}

/** Makes the visitors of a device: what they do follows from its serial alone. */
export function createVisits(counted: Counted, serial: string): Visits {
  const random = createRandom(Number.parseInt(serial.slice(-8), 16));
  const one = () => {
    const { people, scenarios, queue } = counted;
    const enters = people.in <= people.out || random() < 0.55;
    people[enters ? 'in' : 'out'] += 1;
    for (const scenario of scenarios) step(scenario, enters, random() < 0.2 ? 'car' : 'human');
    for (const region of queue) region.people = Math.max(0, region.people + (random() < 0.5 ? 1 : -1));
  };
  return {
    visit(count) {
      for (let person = 0; person < count; person++) one();
    },
  };
}

function step({ type, counts }: Scenario, enters: boolean, kind: string): void {
  const before = counts[kind] ?? 0;
  if (type === 'crosslinecounting') counts[kind] = before + 1;
  if (type === 'occupancyInArea') counts[kind] = Math.max(0, before + (enters ? 1 : -1));
}

/** Mulberry32: the same numbers for the same seed, in [0, 1). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
