// Which brokers get an event, on which topic, in which form: pure, and cached by topic so that other routes cost nothing.
import { createHash } from 'node:crypto';
import type { CameraEvent, Item, Kind, Notification, Occurrence } from '../event.ts';
import { matchTopic } from '../util/topic.ts';
import { createForms, type Form, type FormOptions } from './form.ts';
import { FORMATS, type Render } from './formats/format.ts';
import { textOf } from './items.ts';
import { type CameraMatch, type DataMatch, matchesCamera, matchesData, type RoutedCamera } from './match.ts';
import { compileTemplate, type EventValues, type FillTopic } from './template.ts';

export interface Route extends FormOptions {
  match: CameraMatch & { topic: string; kind?: Kind; data?: DataMatch };
  brokers: readonly string[];
  /** Topic template; left out: the format's own. */
  topic?: string;
  qos: 0 | 1 | 2;
  retain: 'none' | 'property' | 'all';
  /** Milliseconds until a message that is not retained loses its worth. */
  expiry?: number;
  /** What makes its messages critical: see Demand. */
  requireSubscriber?: boolean;
  /** Milliseconds. */
  deliverWithin?: number;
  /** A broker's name. */
  onUndelivered?: string;
}

/** What a critical message has to get: that somebody takes it, and by when (ms since the epoch, 0 for any time). */
export interface Demand {
  subscriber: boolean;
  by: number;
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
  /** Ms since the epoch, 0 for never. */
  expires: number;
  render: Render;
  /** The topic holds a retained state which this event ends: a zero-byte message follows, unless this is one. */
  clears: boolean;
  demand?: Demand;
}

export interface RouterOptions {
  base: string;
  bridge: string;
  routes: readonly Route[];
}

/** A camera's way through the routes: give it each of the camera's events. */
export type RouteEvent = (occurrence: Occurrence) => Publication[];

/** Topics remembered for a set of routes; a device that invents topics must not grow it without end. */
const TOPICS_MAX = 10_000;

/** Compiles the routes; the result makes the route function of each camera. */
export function createRouter(options: RouterOptions): (camera: RoutedCamera) => RouteEvent {
  const { base, bridge } = options;
  const formOf = createForms();
  const routes = options.routes.map((route, index) => ({
    ...route,
    index,
    name: nameOf(route),
    form: formOf(route),
  }));
  // Cameras that the same routes take share what is remembered of topics.
  const selectors = new Map<string, (topic: string) => readonly CompiledRoute[]>();
  return ({ id, labels }) => {
    const candidates = routes.filter(({ match }) => matchesCamera(match, { id, labels }));
    const key = candidates.map(({ index }) => index).join();
    const select = selectors.get(key) ?? createSelector(candidates);
    selectors.set(key, select);
    const fills: FillTopic[] = [];
    for (const route of candidates) {
      const { namespaces = true } = route.axis ?? {};
      fills[route.index] = compileTemplate(templateOf(route), {
        base,
        bridge,
        device: id,
        labels,
        namespaces,
      });
    }
    return occurrence => publish(select(occurrence.event.topic), fills, occurrence);
  };
}

interface CompiledRoute extends Route {
  index: number;
  name: string;
  form: Form;
}

function createSelector(candidates: readonly CompiledRoute[]): (topic: string) => readonly CompiledRoute[] {
  const matching = new Map<string, CompiledRoute[]>();
  return topic => {
    const known = matching.get(topic);
    if (known !== undefined) return known;
    const chosen = candidates.filter(({ match }) => matchTopic(match.topic, topic));
    if (matching.size >= TOPICS_MAX) matching.clear();
    matching.set(topic, chosen);
    return chosen;
  };
}

/** The topic template of a route. */
export function templateOf({ topic, format }: Pick<Route, 'topic' | 'format'>): string {
  return topic ?? FORMATS[format].topic;
}

function nameOf(route: Route): string {
  const { match, format, axis, fields = [] } = route;
  const form = [...(format === 'axis' ? [axis] : []), ...(fields.length > 0 ? [fields] : [])];
  const said = JSON.stringify([match, templateOf(route), format, ...form]);
  return createHash('sha256').update(said).digest('hex').slice(0, 12);
}

function publish(
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
  let last: { form: Form; sight: Sight } | undefined;
  return form => {
    if (last?.form !== form) last = { form, sight: sightOf(form, form.view(occurrence)) };
    return last.sight;
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
  { kind, operation, received }: CameraEvent,
): Publication {
  const { name: route, form, qos, retain: keep, expiry } = compiled;
  const deleted = operation === 'deleted';
  const kept = keeps(keep, kind);
  // A zero-byte message clears only as a retained one.
  const retain = kept && (!deleted || form.deletion !== 'message');
  const expires = expiry === undefined || retain ? 0 : Date.parse(received) + expiry;
  const made = { broker, route, topic, qos, retain, expires, render, clears: kept && deleted };
  const demand = demandOf(compiled, received);
  return demand === undefined ? made : { ...made, demand };
}

function demandOf(
  { requireSubscriber = false, deliverWithin, onUndelivered = '' }: Route,
  received: string,
): Demand | undefined {
  if (!requireSubscriber && deliverWithin === undefined) return undefined;
  const by = deliverWithin === undefined ? 0 : Date.parse(received) + deliverWithin;
  return { subscriber: requireSubscriber, by, instead: onUndelivered };
}

/** Source items, then Key items, each group in order of name (DESIGN 3.1), with the text that the device said. */
function sourcesOf({ source, key }: Notification): [string, string][] {
  if (source.length + key.length === 0) return [];
  return [...inOrder(source), ...inOrder(key)];
}

function inOrder(items: readonly Item[]): [string, string][] {
  const texts = items.map((item): [string, string] => [item.name, textOf(item)]);
  return items.length < 2 ? texts : texts.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
