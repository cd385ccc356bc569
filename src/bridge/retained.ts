// Which topics a device has retained at a broker, and for which route: written down, so that a later run or a changed
// configuration can clear what nothing publishes any more.
import { createHash } from 'node:crypto';
import type { Delivery, Note } from '../camera/outlet.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Message } from '../outbox/types.ts';
import type { Publication } from '../routing/publication.ts';
import type { Route } from '../routing/route.ts';
import { routeName } from '../routing/router.ts';

/** A topic that is retained. */
export interface Retained {
  broker: string;
  device: string;
  topic: string;
  /** The name of its route, `connection` and that name, or '' where it is of none. */
  owner: string;
}

/** Of a message that is no event. */
export const PLAIN = { qos: 1, retain: false, expires: 0, id: '', seq: 0 } as const;

/** Notes that the topic is retained. */
export function retainedNote(retained: Retained): Note {
  const { topic, owner } = retained;
  return { key: keyOf(retained), value: owner === '' ? topic : `${topic}${SEPARATOR}${owner}` };
}

/** Notes that it is no more. */
export function clearedNote(retained: Omit<Retained, 'owner'>): Note {
  return { key: keyOf(retained), value: null };
}

/** All that is noted. */
export function* retainedTopics(outbox: Pick<Outbox, 'notes'>): Generator<Retained> {
  for (const { key, value } of outbox.notes(PREFIX)) {
    const [broker = '', device = ''] = key.slice(PREFIX.length).split('/');
    const [topic = '', owner = ''] = value.split(SEPARATOR);
    yield { broker, device, topic, owner };
  }
}

/** The message that clears it, in the order of the device's others. */
export function clearingMessage({ broker, device, topic }: Omit<Retained, 'owner'>): Message {
  return { broker, entry: { device, topic, payload: '', ...PLAIN, retain: true } };
}

/** Clears what is retained and unwanted; what is published on the same topics from this call on comes after that. */
export function clearRetained(outbox: Outbox, isUnwanted: (retained: Retained) => boolean): void {
  const unwanted = new Map<string, Retained[]>();
  for (const retained of [...retainedTopics(outbox)]) {
    const { device } = retained;
    if (isUnwanted(retained)) unwanted.set(device, [...(unwanted.get(device) ?? []), retained]);
  }
  for (const [device, all] of unwanted) {
    const [messages, notes] = [all.map(clearingMessage), all.map(clearedNote)];
    void outbox.append({ device, counts: {}, messages, notes });
  }
}

/** The owner of the connection message of a route. */
export function connectionOwner(route: string): string {
  return `${CONNECTION} ${route}`;
}

/** Clears what routes retained that are gone, or are not for that broker any more, or retain nothing any more. */
export function clearUnrouted(outbox: Outbox, routes: readonly Route[]): void {
  const retaining = routes.filter(({ retain }) => retain !== 'none');
  const owners = new Set(
    retaining.flatMap(route => route.brokers.map(broker => `${broker} ${routeName(route)}`)),
  );
  clearRetained(outbox, ({ broker, owner }) => isRoute(owner) && !owners.has(`${broker} ${owner}`));
}

/** The connection messages of routes that are gone, at their brokers. */
export function strayConnections(outbox: Outbox, routes: readonly Route[]): Retained[] {
  const owners = new Set(
    routes.flatMap(route => route.brokers.map(broker => `${broker} ${connectionOwner(routeName(route))}`)),
  );
  return [...retainedTopics(outbox)].filter(
    ({ broker, owner }) => owner.startsWith(CONNECTION) && !owners.has(`${broker} ${owner}`),
  );
}

function isRoute(owner: string): boolean {
  return owner !== '' && !owner.startsWith(CONNECTION);
}

/** Topics that are written down for their first message; a device that invents topics must not fill the disk with them. */
const TOPICS_MAX = 10_000;

/**
 * Gives the notes of retained topics, written down when first published. A property's first on a connection is `fresh`;
 * of pulses, and after other routes, it is seen here.
 */
export function createRetainedMemory({ rerouted = false } = {}) {
  const written = new Set<string>();
  const noteOf = (
    { broker, route, topic, retain, clears }: Publication,
    { event, fresh }: Delivery,
  ): Note[] => {
    const name = `${broker}/${topic}`;
    if (!clears && (!retain || (!fresh && written.has(name)))) return NOTHING;
    if (!clears && !fresh && written.size >= TOPICS_MAX) return NOTHING;
    if (clears) written.delete(name);
    else if (!fresh) written.add(name);
    const of = { broker, device: event.device, topic };
    return [clears ? clearedNote(of) : retainedNote({ ...of, owner: route })];
  };
  return (publications: readonly Publication[], delivery: Delivery): readonly Note[] => {
    const { event, fresh } = delivery;
    const isKnown = !fresh && !rerouted && event.kind === 'property' && event.operation !== 'deleted';
    if (isKnown || !publications.some(({ retain, clears }) => retain || clears)) return NOTHING;
    return publications.flatMap(publication => noteOf(publication, delivery));
  };
}

const NOTHING: Note[] = [];
const PREFIX = 'retained/';
const CONNECTION = 'connection';
/** No topic holds one: it would be percent-encoded. */
const SEPARATOR = '\n';

function keyOf({ broker, device, topic }: Omit<Retained, 'owner'>): string {
  return `${PREFIX}${broker}/${device}/${createHash('sha256').update(topic).digest('base64url')}`;
}
