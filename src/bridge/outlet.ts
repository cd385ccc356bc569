// One device's way out: its events through the routes into the outbox, its present state to every broker.
import { createHash } from 'node:crypto';
import type { Availability, Delivery, Note, Outlet } from '../camera/outlet.ts';
import type { Message, Outbox } from '../outbox/outbox.ts';
import { topicLevel } from '../routing/level.ts';
import type { Publication, RouteEvent } from '../routing/router.ts';
import type { Board } from './board.ts';

export interface OutletOptions {
  device: string;
  base: string;
  outbox: Outbox;
  /** The routes as they are now. */
  route: RouteEvent;
  board: Board;
  /** Names of the brokers there are now. */
  brokers(): Iterable<string>;
}

export interface DeviceOutlet extends Outlet {
  availability(): Availability | undefined;
  reroute(route: RouteEvent): void;
  /** The device is no longer of this bridge: takes its retained messages away. */
  clear(): Promise<void>;
}

/** Makes the way out of a device. */
export function createOutlet(options: OutletOptions): DeviceOutlet {
  const { device, outbox, board } = options;
  let availability: Availability | undefined;
  const topic = `${options.base}/${topicLevel(device)}`;
  let { route } = options;

  /** Takes an event that no route wants: what it told of a state is kept all the same. */
  const leave = (notes: readonly Note[]) => outbox.append({ device, counts: FILTERED, messages: [], notes });

  return {
    deliver(delivery) {
      const publications = route(delivery);
      if (publications.length === 0) return leave(delivery.notes);
      const messages: Message[] = [];
      for (const publication of publications) addMessages(messages, publication, delivery, outbox);
      const { fresh, event } = delivery;
      const changes = fresh || event.operation === 'deleted';
      const notes = changes ? [...delivery.notes, ...retainedNotes(publications, delivery)] : delivery.notes;
      return outbox.append({ device, counts: KEPT, messages, notes });
    },
    filtered: () => outbox.count(device, FILTERED),
    async gap(gap, notes) {
      const payload = JSON.stringify(gap);
      const messages = [...options.brokers()].map(broker => ({
        broker,
        entry: { device, topic: `${topic}/gap`, payload, ...PLAIN },
      }));
      await outbox.append({ device, counts: {}, messages, notes });
    },
    async remember(notes) {
      if (notes.length > 0) await outbox.remember(notes);
    },
    available(next) {
      availability = next;
      board.set(`${topic}/availability`, JSON.stringify(next));
    },
    info: payload => board.set(`${topic}/info`, payload),
    availability: () => availability,
    reroute(next) {
      route = next;
    },
    async clear() {
      board.delete(`${topic}/availability`);
      board.delete(`${topic}/info`);
      await forgetDevice(device, outbox);
    },
  };
}

/** Clears the retained events of a device, on every broker that has some, and forgets what was known of it. */
export async function forgetDevice(device: string, outbox: Outbox): Promise<void> {
  const retained = [...outbox.notes(RETAINED)].map(({ key, value }) => ({
    key,
    ...readRetained(key, value),
  }));
  const own = retained.filter(note => note.device === device);
  const messages = own.map(({ broker, topic }) => ({
    broker,
    entry: { device, topic, payload: '', ...PLAIN, retain: true },
  }));
  const known = [...outbox.notes(`state/${device}/`), ...outbox.notes(`heard/${device}`)].map(
    ({ key }) => key,
  );
  const notes = [...own.map(({ key }) => key), ...known].map(key => ({ key, value: null }));
  await outbox.append({ device, counts: {}, messages, notes });
}

/** The devices of which retained messages or states are known. */
export function knownDevices(outbox: Outbox): Set<string> {
  const devices = [...outbox.notes(RETAINED)].map(({ key, value }) => readRetained(key, value).device);
  const heard = [...outbox.notes('heard/')].map(({ key }) => key.slice('heard/'.length));
  return new Set([...devices, ...heard]);
}

const KEPT = { received: 1, kept: 1 };
const FILTERED = { received: 1, filtered: 1 };
/** Of a message that is no event. */
const PLAIN = { qos: 1, retain: false, expires: 0, id: '', seq: 0 } as const;

function addMessages(
  messages: Message[],
  { broker, route, topic, qos, retain, expires, render, clears }: Publication,
  { event: { device, id } }: Delivery,
  outbox: Outbox,
): void {
  const seq = outbox.nextSeq(device, broker, route);
  messages.push({ broker, entry: { device, topic, payload: render(seq), qos, retain, expires, id, seq } });
  if (clears) messages.push({ broker, entry: { device, topic, payload: '', ...PLAIN, qos, retain: true } });
}

const RETAINED = 'retained/';

/** Written down when first published, so that a later run can clear what this one left at a broker. */
function retainedNotes(publications: readonly Publication[], { event, fresh }: Delivery): Note[] {
  return publications.flatMap(({ broker, topic, retain, clears }) => {
    if (!clears && !(retain && fresh)) return [];
    const key = `${RETAINED}${broker}/${event.device}/${createHash('sha256').update(topic).digest('base64url')}`;
    return [{ key, value: clears ? null : topic }];
  });
}

function readRetained(key: string, topic: string): { broker: string; device: string; topic: string } {
  const [broker = '', device = ''] = key.slice(RETAINED.length).split('/');
  return { broker, device, topic };
}
