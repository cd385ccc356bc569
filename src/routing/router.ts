// Which brokers get an event, on which topic, in which form: pure, and cached by topic so that other routes cost nothing.
import { createHash } from 'node:crypto';
import type { CameraEvent, Item, Kind, Notification, Occurrence } from '../event.ts';
import { matchTopic } from '../util/topic.ts';
import { FORMATS, type FormatName, type Render } from './formats/format.ts';
import { compileTemplate, type EventValues, type FillTopic } from './template.ts';

export interface Route {
  match: { camera: string; topic: string; labels: Readonly<Record<string, string>>; kind?: Kind };
  brokers: readonly string[];
  /** Topic template; left out: the format's own. */
  topic?: string;
  format: FormatName;
  qos: 0 | 1 | 2;
  retain: 'none' | 'property' | 'all';
  /** Milliseconds until a message that is not retained loses its worth. */
  expiry?: number;
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
  /** The topic holds a retained state which this event ends: a zero-byte message follows. */
  clears: boolean;
}

export interface RoutedCamera {
  id: string;
  labels: Readonly<Record<string, string>>;
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
  const routes = options.routes.map((route, index) => ({ ...route, index, name: nameOf(route) }));
  // Cameras that the same routes take share what is remembered of topics.
  const selectors = new Map<string, (topic: string) => readonly CompiledRoute[]>();
  return ({ id, labels }) => {
    const candidates = routes.filter(({ match }) => matchesCamera(match, { id, labels }));
    const key = candidates.map(({ index }) => index).join();
    const select = selectors.get(key) ?? createSelector(candidates);
    selectors.set(key, select);
    const fills: FillTopic[] = [];
    for (const route of candidates) {
      fills[route.index] = compileTemplate(templateOf(route), { base, bridge, device: id, labels });
    }
    return occurrence => publish(select(occurrence.event.topic), fills, occurrence);
  };
}

interface CompiledRoute extends Route {
  index: number;
  name: string;
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

function templateOf({ topic, format }: Route): string {
  return topic ?? FORMATS[format].topic;
}

function nameOf(route: Route): string {
  const said = JSON.stringify([route.match, templateOf(route), route.format]);
  return createHash('sha256').update(said).digest('hex').slice(0, 12);
}

function matchesCamera({ camera, labels }: Route['match'], { id, labels: own }: RoutedCamera): boolean {
  return matchGlob(camera, id) && Object.entries(labels).every(([name, value]) => own[name] === value);
}

/** `*` stands for any text: the same match as of topics, a level being one character. */
function matchGlob(glob: string, id: string): boolean {
  const levels = (text: string) => [...text].map(char => (char === '/' ? '//' : char)).join('/');
  return matchTopic(levels(glob).replaceAll('*', '**'), levels(id));
}

function publish(
  routes: readonly CompiledRoute[],
  fills: readonly FillTopic[],
  occurrence: Occurrence,
): Publication[] {
  const publications: Publication[] = [];
  if (routes.length === 0) return publications;
  const { event, said } = occurrence;
  const { serial, kind, topic } = event;
  const values: EventValues = { serial, kind, topic, sources: sourcesOf(said) };
  const render = createRenders(occurrence);
  for (const route of routes) {
    if (route.match.kind !== undefined && route.match.kind !== kind) continue;
    const made = {
      route: route.name,
      topic: fills[route.index]?.(values) ?? '',
      render: render(route.format),
    };
    for (const broker of route.brokers) {
      if (!isTwice(publications, broker, made.topic))
        publications.push(publication(broker, made, route, event));
    }
  }
  return publications;
}

/** Routes that would send one event to one broker on one topic twice send it once. */
function isTwice(publications: readonly Publication[], broker: string, topic: string): boolean {
  for (const other of publications) if (other.broker === broker && other.topic === topic) return true;
  return false;
}

/** Each format renders an event once, however many routes use it. */
function createRenders(occurrence: Occurrence): (format: FormatName) => Render {
  let last: { format: FormatName; render: Render } | undefined;
  return format => {
    if (last?.format !== format) last = { format, render: FORMATS[format].render(occurrence) };
    return last.render;
  };
}

function publication(
  broker: string,
  { route, topic, render }: Pick<Publication, 'route' | 'topic' | 'render'>,
  { qos, retain: keep, expiry }: Route,
  { kind, operation, received }: CameraEvent,
): Publication {
  const deleted = operation === 'deleted';
  const keeps = keep === 'all' || (keep === 'property' && kind === 'property');
  const retain = keeps && !deleted;
  const expires = expiry === undefined || retain ? 0 : Date.parse(received) + expiry;
  return { broker, route, topic, qos, retain, expires, render, clears: keeps && deleted };
}

/** Source items, then Key items, each group in order of name (DESIGN 3.1), with the text that the device said. */
function sourcesOf({ source, key }: Notification): [string, string][] {
  if (source.length + key.length === 0) return [];
  return [...inOrder(source), ...inOrder(key)];
}

function inOrder(items: readonly Item[]): [string, string][] {
  const texts = items.map(textOf);
  return items.length < 2 ? texts : texts.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function textOf({ name, value }: Item): [string, string] {
  return [name, typeof value === 'string' ? value : JSON.stringify(value)];
}
