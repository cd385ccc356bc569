// The readings of one device as its subscribers know them: what is news, what counted up, and what is there no more.
import type { Reading } from '../../event.ts';
import type { Clock } from '../../util/clock.ts';
import type { Notes, Outlet } from '../outlet.ts';
import { type Counted, countUp, readCounts, writeCounts } from './counters.ts';

export interface ReadingsOptions {
  device: string;
  /** As far as it is known by now. */
  serial(): string;
  labels: Readonly<Record<string, string>>;
  notes: Notes;
  outlet: Outlet;
  clock: Clock;
}

export interface Readings {
  /**
   * Publishes what one poll of an API read, with `changes` only what differs from the last; takes away the items that
   * were there before. Resolves once that is durable.
   */
  publish(api: string, readings: readonly Reading[], mode: 'changes' | 'always'): Promise<void>;
  /** Takes away what was read by APIs other than these. */
  keepOnly(apis: readonly string[]): void;
}

type Place = Pick<Reading, 'api' | 'item'>;

/** Takes up the counts that the notes hold of the device. */
export function createReadings(options: ReadingsOptions): Readings {
  const { device, notes, outlet, clock } = options;
  const prefix = `reading/${device}/`;
  const published = new Map<string, string>();
  const keyOf = ({ api, item }: Place) => prefix + (item === undefined ? api : `${api}/${item}`);

  const publishOne = async (reading: Reading, mode: 'changes' | 'always'): Promise<void> => {
    const key = keyOf(reading);
    const content = JSON.stringify([reading.values, reading.units]);
    if (mode === 'changes' && published.get(key) === content) return;
    const counted = countUp(reading, readCounts(notes.note(key)));
    const context = { device, serial: options.serial(), labels: options.labels, received: clock.now() };
    const note = { key, value: writeCounts(counted.counts) };
    await outlet.reading(reading, renderReading(reading, counted, context), [note]);
    published.set(key, content);
  };

  const takeAway = async (key: string): Promise<void> => {
    const [api = '', ...rest] = key.slice(prefix.length).split('/');
    const item = rest.length === 0 ? undefined : rest.join('/');
    published.delete(key);
    await outlet.reading({ api, item }, '', [{ key, value: null }]);
  };

  const known = (under: string) => [...notes.notes(under)].map(({ key }) => key);

  return {
    async publish(api, readings, mode) {
      const published = readings.map(reading => publishOne(reading, mode));
      const present = new Set(readings.map(keyOf));
      const own = known(prefix + api).filter(
        key => key === prefix + api || key.startsWith(`${prefix}${api}/`),
      );
      await Promise.all([...published, ...own.filter(key => !present.has(key)).map(takeAway)]);
    },
    keepOnly(apis) {
      const apiOf = (key: string) => key.slice(prefix.length).split('/')[0] ?? '';
      for (const key of known(prefix)) if (!apis.includes(apiOf(key))) void takeAway(key);
    },
  };
}

interface Context {
  device: string;
  serial: string;
  labels: Readonly<Record<string, string>>;
  /** Ms since the epoch. */
  received: number;
}

/** The payload of a reading (DESIGN 3.1); what it does not have is left out. */
function renderReading(
  { api, item, values, units, time }: Reading,
  { delta, reset }: Pick<Counted, 'delta' | 'reset'>,
  { device, serial, labels, received }: Context,
): string {
  return JSON.stringify({
    device,
    serial,
    api,
    item,
    values,
    units: isEmpty(units) ? undefined : units,
    delta: isEmpty(delta) ? undefined : delta,
    reset: reset ? true : undefined,
    time,
    received: new Date(received).toISOString(),
    labels,
  });
}

function isEmpty(object: object): boolean {
  return Object.keys(object).length === 0;
}
