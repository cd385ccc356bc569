// The messages of one event by the routes that match: to whom, on which topic, how long it is worth something.
import type { CameraEvent, Item, Kind, Notification, Occurrence } from '../event.ts';
import type { Form } from './form.ts';
import type { Render } from './formats/format.ts';
import { textOf } from './items.ts';
import { matchesData } from './match.ts';
import type { CompiledRoute, Route } from './route.ts';
import type { EventValues, FillTopic } from './template.ts';

/** What a critical message has to get: that somebody takes it, and within what time (ms, 0 for any). */
export interface Demand {
  subscriber: boolean;
  within: number;
  /** The broker that gets it otherwise, '' for none. */
  instead: string;
}

/** One message of one event to one broker; the outbox gives it its sequence number. */
export interface Publication {
  broker: string;
  /** Names the route for its sequence numbers; the same as long as the route says the same. */
  route: string;
  topic: string;
  qos: 0 | 1 | 2;
  retain: boolean;
  /** Ms after which it is not worth delivering any more, 0 for never. */
  lifetime: number;
  render: Render;
  /** The topic holds a retained state which this event ends: a zero-byte message follows, unless this is one. */
  clears: boolean;
  demand?: Demand;
}

/** `fills` makes the topic of each route, by its index. */
export function publish(
  routes: readonly CompiledRoute[],
  fills: readonly FillTopic[],
  occurrence: Occurrence,
): Publication[] {
  const publications: Publication[] = [];
  if (routes.length === 0) return publications;
  const { event } = occurrence;
  const see = createSights(occurrence);
  for (const route of routes) {
    if (!takes(route, event)) continue;
    const { values, render } = see(route.form);
    const topic = fills[route.index]?.(values) ?? '';
    for (const broker of route.brokers) {
      if (!isTwice(publications, broker, topic))
        publications.push(publication(broker, { topic, render }, route, event));
    }
  }
  return publications;
}

function takes({ match, form, retain }: CompiledRoute, { kind, operation, data }: CameraEvent): boolean {
  if (match.kind !== undefined && match.kind !== kind) return false;
  if (match.data !== undefined && !matchesData(match.data, data)) return false;
  return operation !== 'deleted' || form.deletion !== 'none' || keeps(retain, kind);
}

function keeps(retain: Route['retain'], kind: Kind): boolean {
  return retain === 'all' || (retain === 'property' && kind === 'property');
}

/** Routes that would send one event to one broker on one topic twice send it once. */
function isTwice(publications: readonly Publication[], broker: string, topic: string): boolean {
  for (const other of publications) if (other.broker === broker && other.topic === topic) return true;
  return false;
}

/** An occurrence in one form. */
interface Sight {
  values: EventValues;
  render: Render;
}

/** Each form renders an event once, however many routes use it. */
function createSights(occurrence: Occurrence): (form: Form) => Sight {
  const seen: { form: Form; sight: Sight }[] = [];
  return form => {
    for (const one of seen) if (one.form === form) return one.sight;
    const sight = sightOf(form, form.view(occurrence));
    seen.push({ form, sight });
    return sight;
  };
}

function sightOf(form: Form, occurrence: Occurrence): Sight {
  const { event, said } = occurrence;
  const { serial, kind, topic, operation } = event;
  const values = { serial, kind, topic, sources: sourcesOf(said), source: said.source };
  const isSilent = operation === 'deleted' && form.deletion !== 'message';
  return { values, render: isSilent ? EMPTY : form.render(occurrence) };
}

const EMPTY: Render = () => '';

function publication(
  broker: string,
  { topic, render }: Pick<Publication, 'topic' | 'render'>,
  compiled: CompiledRoute,
  { kind, operation }: CameraEvent,
): Publication {
  const { name: route, form, qos, retain: keep, expiry } = compiled;
  const deleted = operation === 'deleted';
  const kept = keeps(keep, kind);
  // A zero-byte message clears only as a retained one.
  const retain = kept && (!deleted || form.deletion !== 'message');
  const lifetime = expiry === undefined || retain ? 0 : expiry;
  const made = { broker, route, topic, qos, retain, lifetime, render, clears: kept && deleted };
  const demand = demandOf(compiled);
  return demand === undefined ? made : { ...made, demand };
}

function demandOf({
  requireSubscriber = false,
  deliverWithin = 0,
  onUndelivered = '',
}: Route): Demand | undefined {
  if (!requireSubscriber && deliverWithin === 0) return undefined;
  return { subscriber: requireSubscriber, within: deliverWithin, instead: onUndelivered };
}

/** Source items, then Key items, each group in order of name (DESIGN 3.1), with the text that the device said. */
function sourcesOf({ source, key }: Notification): [string, string][] {
  return key.length === 0 ? inOrder(source) : [...inOrder(source), ...inOrder(key)];
}

function inOrder(items: readonly Item[]): [string, string][] {
  const texts = items.map((item): [string, string] => [item.name, textOf(item)]);
  return items.length < 2 ? texts : texts.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
