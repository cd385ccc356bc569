// The routes, complete, with the brokers that they name.
import type { Secret } from '../util/secret.ts';
import { suggest } from '../util/suggest.ts';
import { type Context, readSecret } from './credentials.ts';
import { defined } from './defined.ts';
import type { Path } from './path.ts';
import type { Report } from './problem.ts';
import type { ConfigFile, RouteFile } from './schema/file.ts';
import type { BrokerConfig, RouteConfig } from './types.ts';

/** The default topic of each format: DESIGN 3.1, 3.3, 3.4. */
const TOPICS = {
  axis2mqtt: '{base}/{device}/event/{topic}/{source}',
  axis: 'axis/{serial}/event/{axisTopic}',
  onvif: '{base}/{device}/onvif-ej/{onvifTopic}',
};

const AXIS = { namespaces: true, serialInPayload: false };

/** All routes of the file; where it has none, one that takes everything to every broker. */
export async function resolveRoutes(
  file: ConfigFile,
  brokers: readonly BrokerConfig[],
  context: Context,
): Promise<RouteConfig[]> {
  const all = brokers.map(({ name }) => name);
  const routes = file.routes ?? [{}];
  checkBrokers(routes, all, context.report);
  return Promise.all(
    (routes.length > 0 ? routes : [{}]).map(async (route: RouteFile, index) => {
      const path = ['routes', index];
      const hashKey = await readSecret('hashKey', route, path, context);
      checkHashes(route, hashKey, path, context.report);
      checkRetain(route, path, context.report);
      checkDemand(route, path, all, context.report);
      return complete(route, hashKey, all);
    }),
  );
}

function complete(route: RouteFile, hashKey: Secret | undefined, all: readonly string[]): RouteConfig {
  const { match = {}, broker = all, format = 'axis2mqtt', axis = {}, fields = [] } = route;
  const { camera = '*', topic = '**', labels = {}, kind, data } = match;
  return {
    match: { camera, topic, labels, ...defined({ kind, data }) },
    brokers: [...new Set(typeof broker === 'string' ? [broker] : broker)],
    topic: route.topic ?? TOPICS[format],
    format,
    axis: { ...AXIS, ...defined(axis) },
    fields: fields.map(({ topic = '**', name, over = 0, do: what }) => ({ topic, name, over, do: what })),
    qos: route.qos ?? 1,
    retain: route.retain ?? (data === undefined ? 'property' : 'none'),
    requireSubscriber: route.requireSubscriber ?? false,
    ...defined({
      hashKey,
      expiry: route.expiry,
      deliverWithin: route.deliverWithin,
      onUndelivered: route.onUndelivered,
    }),
  };
}

/** A hash without a key hides no plate: there are few enough to try them all. */
function checkHashes(
  { fields = [] }: RouteFile,
  hashKey: Secret | undefined,
  path: Path,
  report: Report,
): void {
  const at = fields.findIndex(rule => rule.do === 'hash');
  if (at >= 0 && hashKey === undefined && !report.touches([...path, 'hashKey']))
    report.problem([...path, 'fields', at, 'do'], 'needs `hashKey` or `hashKeyFile` in this route');
}

/** A state that changes to what the route does not take would stay at the broker as it was. */
function checkRetain({ match = {}, retain = 'none' }: RouteFile, path: Path, report: Report): void {
  if (match.data === undefined || match.kind === 'event' || retain === 'none') return;
  const message = 'would keep states that are over: with `match.data` take none, or `match.kind: event`';
  report.problem([...path, 'retain'], message);
}

function checkDemand(route: RouteFile, path: Path, all: readonly string[], report: Report): void {
  const { broker = all, qos, requireSubscriber, deliverWithin, onUndelivered } = route;
  // At QoS 2 mosquitto, for one, answers before it looks for subscribers.
  if (requireSubscriber && qos !== undefined && qos !== 1)
    report.problem(
      [...path, 'requireSubscriber'],
      'needs `qos: 1`: only then brokers say who takes a message',
    );
  if (onUndelivered === undefined) return;
  const where = [...path, 'onUndelivered'];
  checkBrokerNames(onUndelivered, where, { all, report });
  if (broker === onUndelivered || (Array.isArray(broker) && broker.includes(onUndelivered)))
    report.problem(where, 'must not be a broker of this route: it gets the message anyway');
  if (!requireSubscriber && deliverWithin === undefined)
    report.problem(where, 'needs `requireSubscriber` or `deliverWithin`: nothing else is undelivered');
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
