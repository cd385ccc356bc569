// Which brokers get an event, on which topic, in which form: pure, and cached by topic so that other routes cost nothing.
import { createHash } from 'node:crypto';
import type { Occurrence } from '../event.ts';
import { perTopic } from '../util/per-topic.ts';
import { matchTopic } from '../util/topic.ts';
import { createForms } from './form.ts';
import { FORMATS } from './formats/format.ts';
import { matchesCamera, type RoutedCamera } from './match.ts';
import { type Publication, publish } from './publication.ts';
import type { CompiledRoute, Route } from './route.ts';
import { compileTemplate, type FillTopic } from './template.ts';

export interface RouterOptions {
  base: string;
  bridge: string;
  routes: readonly Route[];
}

/** A camera's way through the routes: give it each of the camera's events. */
export type RouteEvent = (occurrence: Occurrence) => Publication[];

/** Compiles the routes; the result makes the route function of each camera. */
export function createRouter(options: RouterOptions): (camera: RoutedCamera) => RouteEvent {
  const { base, bridge } = options;
  const formOf = createForms();
  const routes = options.routes.map((route, index) => ({
    ...route,
    index,
    name: routeName(route),
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

function createSelector(candidates: readonly CompiledRoute[]): (topic: string) => readonly CompiledRoute[] {
  return perTopic(topic => candidates.filter(({ match }) => matchTopic(match.topic, topic)));
}

/** The topic template of a route. */
export function templateOf({ topic, format }: Pick<Route, 'topic' | 'format'>): string {
  return topic ?? FORMATS[format].topic;
}

/** Names a route by what it says: for its sequence numbers, and for what it has retained. */
export function routeName(route: Route): string {
  const { match, format, axis, fields = [] } = route;
  const form = [...(format === 'axis' ? [axis] : []), ...(fields.length > 0 ? [fields] : [])];
  const said = JSON.stringify([match, templateOf(route), format, ...form]);
  return createHash('sha256').update(said).digest('hex').slice(0, 12);
}
