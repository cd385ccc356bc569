// Routes that take the same events to the same broker: every route that matches applies, none replaces another.
import type { Path, Report } from '../problem.ts';
import type { CameraConfig, RouteConfig } from '../types.ts';
import { overlaps } from './overlap.ts';

const MOST = 20;

/** Warns of pairs of routes that overlap at a broker in one format. */
export function lintRoutes(
  routes: readonly RouteConfig[],
  cameras: readonly CameraConfig[],
  report: Report,
): void {
  // Of each route the first that it overlaps with is told of; a thousand routes are half a million pairs.
  for (const [index, route] of routes.slice(0, MOST * MOST).entries()) {
    const other = routes
      .slice(0, index)
      .findIndex(earlier => isTwice(earlier, route) && overlaps(earlier, route, cameras));
    const earlier = routes[other];
    if (earlier !== undefined) warn(earlier, route, { path: ['routes', index], other, report });
  }
}

/** Two formats on two topics at one broker are meant; two times the same is not. */
function isTwice(a: RouteConfig, b: RouteConfig): boolean {
  const isSame = a.format === b.format || a.topic === b.topic;
  return isSame && a.brokers.some(broker => b.brokers.includes(broker));
}

function warn(
  earlier: RouteConfig,
  route: RouteConfig,
  { path, other, report }: { path: Path; other: number; report: Report },
): void {
  const name = `routes[${other}]${report.lineOf(['routes', other])}`;
  const brokers = route.brokers.filter(broker => earlier.brokers.includes(broker)).join(', ');
  const message =
    earlier.topic === route.topic
      ? `takes events that ${name} sends to the same topic at ${brokers}: they are sent once, by the first route`
      : `takes events that ${name} sends to ${brokers} too: they arrive twice, on two topics`;
  const fields = route.fields.length > 0 && earlier.fields.length === 0;
  report.warn(path, fields ? `${message}; the rules of \`fields\` here do not hold there` : message);
}
