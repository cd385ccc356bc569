// What the device's own MQTT client says of its connection (PROTOCOLS 5.1), for the brokers that get its format `axis`.
import type { Availability, Note } from '../camera/outlet.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { ConnectionPlace } from '../routing/connections.ts';
import type { Board } from './board.ts';
import { type DeviceOutlet, serialKey } from './outlet.ts';
import { connectionOwner, retainedNote } from './retained.ts';

export interface ConnectionOptions {
  device: string;
  /** The serial number that the configuration names, where it does. */
  serial: string | undefined;
  /** Where to say it, by the routes as they are now. */
  places(serial: string): readonly ConnectionPlace[];
  board: Board;
  outbox: Outbox;
}

/** The outlet with a retained message of the connection beside each availability, once the serial number is known. */
export function withConnection(outlet: DeviceOutlet, options: ConnectionOptions): DeviceOutlet {
  const { device, board, outbox } = options;
  const learned = serialKey(device);
  // After a crash its last word is corrected even before it is heard.
  let serial = options.serial ?? outbox.note(learned);
  let connection: Connection | undefined;
  let shown: readonly ConnectionPlace[] = [];

  const show = () => {
    const before = shown;
    shown = serial === undefined || connection === undefined ? [] : options.places(serial);
    for (const old of before) if (!shown.some(isSame(old))) board.delete(old.topic, old.broker);
    const payload = JSON.stringify({ serialNumber: serial, ...connection });
    for (const { topic, broker } of shown) board.set(topic, payload, broker);
    const notes = shown.filter(place => !before.some(isSame(place))).map(noteOf(device));
    if (notes.length > 0) void outbox.remember([...notes, { key: learned, value: serial ?? null }]);
  };

  return {
    ...outlet,
    available(availability) {
      outlet.available(availability);
      const next = connectionOf(availability);
      if (next.description === connection?.description) return;
      connection = next;
      show();
    },
    info(payload, known) {
      outlet.info(payload, known);
      if (known === undefined || known === serial) return;
      serial = known;
      show();
    },
    reroute(route) {
      outlet.reroute(route);
      show();
    },
    async clear() {
      for (const { topic, broker } of shown) board.delete(topic, broker);
      await outlet.clear();
    },
  };
}

interface Connection {
  connected: boolean;
  description: 'Connected' | 'Connection Lost' | 'Disconnected';
  timestamp: string | null;
}

/** Degraded for one of these a device is heard all the same; for any other reason it is only polled. */
const HEARD: ReadonlySet<string | undefined> = new Set([
  undefined,
  'NO_DECLARATIONS',
  'NO_EVENTS',
  'CLOCK',
  'SAME_SERIAL',
]);

/** The client's words, and its way to write a time; its will, made beforehand, knows none. */
function connectionOf({ reason, since }: Availability): Connection {
  const timestamp = `${since.slice(0, 19)}z`;
  if (HEARD.has(reason)) return { connected: true, description: 'Connected', timestamp };
  if (reason === 'STOPPED') return { connected: false, description: 'Disconnected', timestamp };
  return { connected: false, description: 'Connection Lost', timestamp: null };
}

function isSame(one: ConnectionPlace): (other: ConnectionPlace) => boolean {
  return other => other.topic === one.topic && other.broker === one.broker;
}

/** Its device takes it away with all that it has retained. */
function noteOf(device: string): (place: ConnectionPlace) => Note {
  return ({ broker, topic, route }) => retainedNote({ broker, device, topic, owner: connectionOwner(route) });
}
