// One device's way out: its events through the routes into the outbox, its present state to every broker.
import { knownKey } from '../camera/known.ts';
import type { Availability, Delivery, Note, Outlet } from '../camera/outlet.ts';
import { addressKey } from '../camera/whereabouts.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Demand, Message } from '../outbox/types.ts';
import { topicLevel } from '../routing/level.ts';
import type { Publication } from '../routing/publication.ts';
import type { RouteEvent } from '../routing/router.ts';
import type { Clock } from '../util/clock.ts';
import { createAvailable } from './available.ts';
import type { Board } from './board.ts';
import {
  clearedNote,
  clearingMessage,
  createRetainedMemory,
  PLAIN,
  retainedNote,
  retainedTopics,
} from './retained.ts';
import type { ToldTrouble } from './troubles.ts';

export interface OutletOptions {
  device: string;
  base: string;
  outbox: Outbox;
  /** The routes as they are now. */
  route: RouteEvent;
  board: Board;
  clock: Pick<Clock, 'now'>;
  /** Names of the brokers there are now. */
  brokers(): Iterable<string>;
}

export interface DeviceOutlet extends Outlet {
  /** As it is published. */
  availability(): Availability | undefined;
  /** Takes what keeps its events from going through; undefined: nothing any more. */
  trouble(next: ToldTrouble | undefined): void;
  reroute(route: RouteEvent): void;
  /** The device is no longer of this bridge: takes its retained messages away. */
  clear(): Promise<void>;
}

/** Makes the way out of a device. */
export function createOutlet(options: OutletOptions): DeviceOutlet {
  const { device, outbox, board } = options;
  const topic = `${options.base}/${topicLevel(device)}`;
  const publish = (shown: Availability) => board.set(`${topic}/availability`, JSON.stringify(shown));
  const available = createAvailable(publish, options.clock);
  let { route } = options;
  let remember = createRetainedMemory();

  /** Takes an event that no route wants: what it told of a state is kept all the same. */
  const leave = (notes: readonly Note[]) => outbox.append({ device, counts: FILTERED, messages: [], notes });

  return {
    deliver(delivery) {
      const publications = route(delivery);
      if (publications.length === 0) return leave(delivery.notes);
      const messages: Message[] = [];
      for (const publication of publications) addMessages(messages, publication, delivery, outbox);
      const retained = remember(publications, delivery);
      const notes = retained.length > 0 ? [...delivery.notes, ...retained] : delivery.notes;
      return outbox.append({ device, counts: KEPT, messages, notes });
    },
    filtered: () => outbox.count(device, FILTERED),
    merged: () => outbox.count(device, MERGED),
    async gap(gap, notes) {
      const payload = JSON.stringify(gap);
      const messages = [...options.brokers()].map(broker => ({
        broker,
        entry: { device, topic: `${topic}/gap`, payload, ...PLAIN },
      }));
      await outbox.append({ device, counts: {}, messages, notes });
    },
    async reading({ api, item }, payload, notes) {
      const name = item === undefined ? api : `${api}/${topicLevel(item)}`;
      const entry = { device, topic: `${topic}/reading/${name}`, payload, ...PLAIN, retain: true };
      const messages = [...options.brokers()].map(broker => ({ broker, entry }));
      const retained = messages.map(({ broker }) => {
        const of = { broker, device, topic: entry.topic, owner: '' };
        return payload === '' ? clearedNote(of) : retainedNote(of);
      });
      await outbox.append({ device, counts: {}, messages, notes: [...notes, ...retained] });
    },
    async remember(notes) {
      if (notes.length > 0) await outbox.remember(notes);
    },
    available: available.own,
    trouble: available.trouble,
    info: payload => board.set(`${topic}/info`, payload),
    availability: available.shown,
    reroute(next) {
      route = next;
      remember = createRetainedMemory({ rerouted: true });
    },
    clear: () => forgetDevice(device, options),
  };
}

/** Clears what a device has retained, on every broker that has some, and forgets what was known of it. */
export async function forgetDevice(
  device: string,
  { base, outbox, board }: Pick<OutletOptions, 'base' | 'outbox' | 'board'>,
): Promise<void> {
  // Not by the queue: what is shown there later must not be lost by it.
  for (const name of ['availability', 'info']) board.clear(`${base}/${topicLevel(device)}/${name}`);
  const own = [...retainedTopics(outbox)].filter(retained => retained.device === device);
  const messages = own.map(clearingMessage);
  const learned = [`state/${device}/`, `reading/${device}/`].flatMap(prefix => [...outbox.notes(prefix)]);
  const known = [...own.map(clearedNote), ...learned].map(({ key }) => key);
  const kept = [`heard/${device}`, knownKey(device), addressKey(device), serialKey(device)];
  const notes: Note[] = [...known, ...kept].map(key => ({
    key,
    value: null,
  }));
  // The second time is for a broker that was not there at the first.
  notes.push({ key: SHOWN + device, value: outbox.note(SHOWN + device) === GONE ? null : GONE });
  await outbox.append({ device, counts: {}, messages, notes });
}

/** Notes that a device is shown to subscribers, so that a later run without it can clear what it retained. */
export async function noteShown(device: string, outbox: Outbox): Promise<void> {
  const key = SHOWN + device;
  if (outbox.note(key) !== '') await outbox.remember([{ key, value: '' }]);
}

/** The devices that were shown and not forgotten; with `gone`, those too that may be retained somewhere still. */
export function shownDevices(outbox: Outbox, { gone = false } = {}): string[] {
  const notes = [...outbox.notes(SHOWN)].filter(({ value }) => gone || value !== GONE);
  return notes.map(({ key }) => key.slice(SHOWN.length));
}

const KEPT = { received: 1, kept: 1 };
const FILTERED = { received: 1, filtered: 1 };
const MERGED = { received: 1, merged: 1 };
function addMessages(
  messages: Message[],
  { broker, route, topic, qos, retain, lifetime, render, clears, demand }: Publication,
  { event: { device, id } }: Delivery,
  outbox: Outbox,
): void {
  const seq = outbox.nextSeq(device, broker, route);
  const payload = render(seq);
  const expires = lifetime === 0 ? 0 : outbox.now() + lifetime;
  const entry = { device, topic, payload, qos, retain, expires, id, seq };
  messages.push({
    broker,
    entry: demand === undefined ? entry : { ...entry, demand: toDemand(demand, outbox) },
  });
  if (clears && payload !== '')
    messages.push({ broker, entry: { device, topic, payload: '', ...PLAIN, qos, retain: true } });
}

function toDemand({ within, ...demand }: NonNullable<Publication['demand']>, { now }: Outbox): Demand {
  return { ...demand, by: within === 0 ? 0 : now() + within };
}

const SHOWN = 'shown/';
const GONE = 'gone';

/** The key of the note of a device's serial number. */
export function serialKey(device: string): string {
  return `serial/${device}`;
}
