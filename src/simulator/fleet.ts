// Many devices in one process: each with ports of its own, or with an address of its own out of 127.0.0.0/8.

import { DEFAULT_TOPICS, LOAD_TOPICS } from './catalogue.ts';
import type { Ports } from './core.ts';
import { createDevice, type Device } from './device.ts';
import { type Load, type LoadOptions, startLoad } from './load.ts';
import type { DeviceOptions } from './options.ts';

export interface FleetOptions {
  count: number;
  /**
   * `ports` (default): all on one host; a given `httpPort` and `rtspPort` are those of the first, and count up.
   * `loopback`: 127.1.0.1, 127.1.0.2, … all on the same ports (default 8080 and 8554); Linux only.
   */
  address?: 'ports' | 'loopback';
  /** For every device, but for its serial number, which counts up from ACCC8E000001. */
  device?: Omit<DeviceOptions, 'serial'>;
}

interface FleetMember extends Ports {
  device: Device;
  serial: string;
  host: string;
}

export interface Fleet {
  readonly devices: readonly Device[];
  /** Starts all, and says where each is. Rejects, with none left open, where one cannot. */
  start(): Promise<FleetMember[]>;
  stop(): Promise<void>;
  /** Load over all its devices. */
  load(options: Omit<LoadOptions, 'devices'>): Load;
}

/** What a device of a fleet declares: the default, and the two topics of the load mode. */
const FLEET_TOPICS = [...DEFAULT_TOPICS, LOAD_TOPICS.property, LOAD_TOPICS.event];

const FLEET_SEEN_LIMIT = 20;

export function createFleet(options: FleetOptions): Fleet {
  const devices = Array.from({ length: options.count }, (_, index) =>
    createDevice(memberOptions(options, index)),
  );

  async function stop(): Promise<void> {
    await Promise.all(devices.map(device => device.stop()));
  }

  return {
    devices,
    async start() {
      const starts = await Promise.allSettled(devices.map(startMember));
      const failed = starts.find(start => start.status === 'rejected');
      if (failed) {
        await stop();
        throw failed.reason;
      }
      return starts.flatMap(start => (start.status === 'fulfilled' ? [start.value] : []));
    },
    stop,
    load: load => startLoad({ ...load, devices }),
  };
}

async function startMember(device: Device): Promise<FleetMember> {
  const ports = await device.start();
  return { device, serial: device.serial, host: device.host, ...ports };
}

function memberOptions({ address = 'ports', device = {} }: FleetOptions, index: number): DeviceOptions {
  const serial = `ACCC8E${(index + 1).toString(16).toUpperCase().padStart(6, '0')}`;
  const shared = { topics: FLEET_TOPICS, seenLimit: FLEET_SEEN_LIMIT, ...device, serial };
  const { httpPort = 0, rtspPort = 0 } = device;
  if (address === 'loopback') {
    const host = `127.1.${Math.floor(index / 250)}.${(index % 250) + 1}`;
    return { ...shared, host, httpPort: httpPort || 8080, rtspPort: rtspPort || 8554 };
  }
  return { ...shared, httpPort: httpPort && httpPort + index, rtspPort: rtspPort && rtspPort + index };
}
