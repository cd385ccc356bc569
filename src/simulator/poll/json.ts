// The polled APIs that speak JSON: people counters, queue monitor, object analytics, ports (PROTOCOLS 7.2, 7.4).
import type { Core } from '../core.ts';
import type { JsonApi } from '../http/json-api.ts';

/** AXIS People Counter: its time is local and names no zone. */
export function peopleCounter(core: Core): string {
  const { name, ...counts } = core.counted.people;
  return JSON.stringify({ serial: core.settings.serial, name, timestamp: localStamp(core), ...counts });
}

/** P8815-2: its serial number has colons, its time names its zone. */
export function peopleCounter3d(core: Core): string {
  const { people } = core.counted;
  return JSON.stringify({
    occupancy: people.in - people.out,
    serial: core.settings.serial.toLowerCase().replace(/..(?!$)/g, '$&:'),
    timestamp: zonedTime(core),
    total_in: people.in,
    total_out: people.out,
  });
}

export function queueMonitor(core: Core): string {
  const regions = core.counted.queue.flatMap(({ name, people }, index) => [
    [`region${index + 1}name`, name],
    [`region${index + 1}people`, people],
  ]);
  return JSON.stringify({
    serial: core.settings.serial,
    name: 'Shop',
    timestamp: localStamp(core),
    ...Object.fromEntries(regions),
  });
}

export function objectAnalytics(core: Core): JsonApi {
  const { scenarios } = core.counted;
  const timeStamp = `${new Date(core.now()).toISOString().slice(0, 19)}Z`;
  const countsOf = (id: unknown, type: string, prefix: string) => {
    const found = scenarios.find(scenario => scenario.id === id && scenario.type === type);
    if (!found) return undefined;
    const entries = Object.entries(found.counts);
    const total = entries.reduce((sum, [, count]) => sum + count, 0);
    return { timeStamp, total, ...Object.fromEntries(entries.map(([name, n]) => [named(prefix, name), n])) };
  };
  return {
    version: '1.2',
    methods: {
      getConfiguration: () => ({
        devices: [{ id: 1, rotation: 0, type: 'camera' }],
        scenarios: scenarios.map(({ id, name, type }) => ({ id, name, type, devices: [{ id: 1 }] })),
      }),
      getAccumulatedCounts: ({ scenario }) => {
        const prefix = core.settings.http.shortCountNames ? '' : 'total';
        const counts = countsOf(scenario, 'crosslinecounting', prefix);
        return counts && { resetTime: '2026-01-01T00:00:00Z', ...counts };
      },
      getOccupancy: ({ scenario }) => countsOf(scenario, 'occupancyInArea', ''),
      getSupportedVersions: () => ({ apiVersions: ['1.2'] }),
    },
  };
}

/** Ids count from 0; without ports there are no `items`. */
export function portManagement(core: Core): JsonApi {
  const items = core.counted.ports.map(({ name, direction, closed, normallyClosed }, index) => ({
    port: String(index),
    configurable: direction === 'input',
    usage: '',
    name,
    direction,
    state: closed ? 'closed' : 'open',
    normalState: normallyClosed ? 'closed' : 'open',
  }));
  const some = items.length === 0 ? {} : { items };
  return {
    version: '1.1',
    methods: {
      getPorts: () => ({ numberOfPorts: items.length, ...some }),
      getSupportedVersions: () => ({ apiVersions: ['1.1'] }),
    },
  };
}

function named(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** `YYYYMMDDhhmmss` by the clock on the device's wall. */
function localStamp(core: Core): string {
  return new Date(core.localNow()).toISOString().slice(0, 19).replace(/\D/g, '');
}

function zonedTime(core: Core): string {
  const minutes = core.settings.http.utcOffsetMinutes ?? 0;
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0');
  const zone = `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
  return `${new Date(core.localNow()).toISOString().slice(0, 19)}${zone}`;
}
