// The routes, complete, with the brokers that they name.
import { defined } from './defined.ts';
import type { Path, Report } from './problem.ts';
import type { ConfigFile, RouteFile } from './schema/file.ts';
import { suggest } from './suggest.ts';
import type { BrokerConfig, RouteConfig } from './types.ts';

/** The default topic of each format: DESIGN 3.1, 3.3, 3.4. */
const TOPICS = {
  axis2mqtt: '{base}/{device}/event/{topic}/{source}',
  axis: 'axis/{serial}/event/{axisTopic}',
  onvif: '{base}/{device}/onvif-ej/{onvifTopic}',
};

/** All routes of the file; where it has none, one that takes everything to every broker. */
export function resolveRoutes(
  file: ConfigFile,
  brokers: readonly BrokerConfig[],
  report: Report,
): RouteConfig[] {
  const all = brokers.map(({ name }) => name);
  const routes = file.routes ?? [{}];
  checkBrokers(routes, all, report);
  return (routes.length > 0 ? routes : [{}]).map(route => complete(route, all));
}

function complete(route: RouteFile, all: readonly string[]): RouteConfig {
  const { match = {}, broker = all, format = 'axis2mqtt' } = route;
  const { camera = '*', topic = '**', labels = {}, kind } = match;
  return {
    match: { camera, topic, labels, ...defined({ kind }) },
    brokers: [...new Set(typeof broker === 'string' ? [broker] : broker)],
    topic: route.topic ?? TOPICS[format],
    format,
    qos: route.qos ?? 1,
    retain: route.retain ?? 'property',
    ...defined({ expiry: route.expiry }),
  };
}

function checkBrokers(routes: readonly RouteFile[], all: readonly string[], report: Report): void {
  for (const [index, { broker = [] }] of routes.entries())
    checkBrokerNames(broker, ['routes', index, 'broker'], { all, report });
}

/** Reports names, at `path`, that are of no broker. `all`: those that there are. */
export function checkBrokerNames(
  broker: string | readonly string[],
  path: Path,
  { all, report }: { all: readonly string[]; report: Report },
): void {
  const check = (name: string, place: Path) => {
    if (all.includes(name) || report.touches(['brokers', name])) return;
    // Brokers with something wrong may be missing from `all`.
    const list = report.touches(['brokers']) ? '' : `; there are: ${all.join(', ')}`;
    report.problem(place, `there is no broker of that name${list}`, { suggestion: suggest(name, all) });
  };
  if (typeof broker === 'string') check(broker, path);
  else for (const [place, name] of broker.entries()) check(name, [...path, place]);
}
