// Routes that take the same events to the same broker: every route that matches applies, none replaces another.
import type { Path } from '../path.ts';
import type { Report } from '../problem.ts';
import type { CameraConfig, RouteConfig } from '../types.ts';
import { overlaps } from './overlap.ts';

/** Past so many routes nobody is helped, and their pairs are too many. */
const MOST = 400;

/**
 * Warns of a route that overlaps with an earlier one at a broker: on one topic, where only the first counts, or with other
 * `fields`, which the events of the other one do not keep. Two topics at one broker are meant.
 */
export function lintRoutes(
  routes: readonly RouteConfig[],
  cameras: readonly CameraConfig[],
  report: Report,
): void {
  for (const [index, route] of routes.slice(0, MOST).entries()) {
    const other = routes
      .slice(0, index)
      .findIndex(earlier => messageOf(earlier, route) !== undefined && overlaps(earlier, route, cameras));
    const earlier = routes[other];
    if (earlier !== undefined) warn(earlier, route, { path: ['routes', index], other, report });
  }
}

function warn(
  earlier: RouteConfig,
  route: RouteConfig,
  { path, other, report }: { path: Path; other: number; report: Report },
): void {
  const brokers = shared(earlier, route).join(', ');
  const name = `routes[${other}]${report.lineOf(['routes', other])}`;
  report.warn(path, `takes events that ${name} sends to ${brokers} too: ${messageOf(earlier, route)}`);
}

function messageOf(earlier: RouteConfig, route: RouteConfig): string | undefined {
  if (shared(earlier, route).length === 0) return undefined;
  if (earlier.topic === route.topic) return 'on one topic they are sent once, as the first route says';
  const differs = earlier.fields.length > 0 !== route.fields.length > 0;
  return differs
    ? 'only one of the two has `fields`, so that what it hides is there all the same'
    : undefined;
}

function shared(a: RouteConfig, b: RouteConfig): string[] {
  return b.brokers.filter(broker => a.brokers.includes(broker));
}
