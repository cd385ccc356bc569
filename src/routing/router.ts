// Which brokers get an event, on which topic, in which form: pure, and cached by topic so that other routes cost nothing.
import { createHash } from 'node:crypto';
import type { Item, Kind, Occurrence } from '../event.ts';
import { matchTopic } from '../util/topic.ts';
import { FORMATS, type FormatName, type Render } from './formats/format.ts';
import { compileTemplate, type TemplateValues } from './template.ts';

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
  const routes = options.routes.map(compileRoute);
  const caches = new Map<string, Map<string, CompiledRoute[]>>();

  return camera => {
    const candidates = routes.filter(({ match }) => matchesCamera(match, camera));
    const cache = entry(caches, candidates.map(({ name }) => name).join(), () => new Map());
    const routesOf = (topic: string): CompiledRoute[] => {
      if (cache.size >= TOPICS_MAX) cache.clear();
      return entry(cache, topic, () => candidates.filter(({ match }) => matchTopic(match.topic, topic)));
    };
    return occurrence => publish(routesOf(occurrence.event.topic), occurrence, options);
  };
}

interface CompiledRoute extends Route {
  name: string;
  fill(values: TemplateValues): string;
}

function compileRoute(route: Route): CompiledRoute {
  const said = JSON.stringify([route.match, route.topic, route.format]);
  const name = createHash('sha256').update(said).digest('hex').slice(0, 12);
  return { ...route, name, fill: compileTemplate(route.topic ?? FORMATS[route.format].topic) };
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
  occurrence: Occurrence,
  options: RouterOptions,
): Publication[] {
  if (routes.length === 0) return [];
  const { event, said } = occurrence;
  const values: TemplateValues = { ...options, ...event, sources: sourcesOf(said.source, said.key) };
  const renders = new Map<FormatName, Render>();
  const publications: Publication[] = [];
  for (const route of routes) {
    if (route.match.kind !== undefined && route.match.kind !== event.kind) continue;
    const topic = route.fill(values);
    const render = entry(renders, route.format, () => FORMATS[route.format].render(occurrence));
    for (const broker of route.brokers) {
      const twice = publications.some(other => other.broker === broker && other.topic === topic);
      if (!twice)
        publications.push({ broker, route: route.name, topic, render, ...delivery(route, occurrence) });
    }
  }
  return publications;
}

function delivery(
  route: Route,
  { event }: Occurrence,
): Pick<Publication, 'qos' | 'retain' | 'expires' | 'clears'> {
  const property = event.kind === 'property';
  const deleted = event.operation === 'deleted';
  const keeps = route.retain === 'all' || (route.retain === 'property' && property);
  const retain = keeps && !deleted;
  const expires = route.expiry === undefined || retain ? 0 : Date.parse(event.received) + route.expiry;
  return { qos: route.qos, retain, expires, clears: keeps && deleted };
}

/** Source items, then Key items, each group in order of name (DESIGN 3.1), with the text that the device said. */
function sourcesOf(...groups: readonly Item[][]): [string, string][] {
  return groups.flatMap(items => items.map(textOf).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function textOf({ name, value }: Item): [string, string] {
  return [name, typeof value === 'string' ? value : JSON.stringify(value)];
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
