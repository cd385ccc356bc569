// Where a camera's routes of the format `axis` say whether it is connected, as its own client would (PROTOCOLS 5.1).
import { matchesCamera, type RoutedCamera } from './match.ts';
import { type RouterOptions, routeName, templateOf } from './router.ts';
import { compileTemplate } from './template.ts';

const EVENT = '{axisTopic}';

/** A retained topic at one broker. */
export interface ConnectionPlace {
  broker: string;
  topic: string;
  /** The name of the route. */
  route: string;
}

/** The client's `…/event/connection`: the route's topic without the event. A template without `{axisTopic}` has none. */
export function connectionPlaces(
  { base, bridge, routes }: RouterOptions,
  { id, labels }: RoutedCamera,
  serial: string,
): ConnectionPlace[] {
  const places = routes.flatMap(route => {
    const template = templateOf(route);
    if (route.format !== 'axis' || !template.includes(EVENT)) return [];
    if (!matchesCamera(route.match, { id, labels })) return [];
    const fill = compileTemplate(template.replaceAll(EVENT, 'connection'), {
      base,
      bridge,
      device: id,
      labels,
    });
    const topic = fill({ serial, kind: '', topic: '', sources: [], source: [] });
    return route.brokers.map((broker): [string, ConnectionPlace] => [
      `${broker}/${topic}`,
      { broker, topic, route: routeName(route) },
    ]);
  });
  return [...new Map(places).values()];
}
