// Whether two routes can take one event, by what their matches say.
import { matchGlob } from '../../util/topic.ts';
import type { CameraConfig, RouteConfig } from '../types.ts';

type Match = RouteConfig['match'];

/** Whether a route takes events of a camera; one without an ID may turn out to have any. */
export function matchesRoute({ match }: RouteConfig, { id, labels }: CameraConfig): boolean {
  const fits = id === undefined || matchGlob(match.camera, id);
  return fits && Object.entries(match.labels).every(([name, value]) => labels[name] === value);
}

/** Whether there is a camera, a topic, a kind and data that both take. */
export function overlaps(a: RouteConfig, b: RouteConfig, cameras: readonly CameraConfig[]): boolean {
  return (
    cameras.some(camera => matchesRoute(a, camera) && matchesRoute(b, camera)) &&
    isCompatible(a.match.kind, b.match.kind) &&
    dataOverlaps(a.match.data ?? {}, b.match.data ?? {}) &&
    patternsOverlap(a.match.topic.split('/'), b.match.topic.split('/'))
  );
}

function dataOverlaps(a: NonNullable<Match['data']>, b: NonNullable<Match['data']>): boolean {
  return Object.entries(a).every(([name, value]) => !Object.hasOwn(b, name) || b[name] === value);
}

function isCompatible<T>(a: T | undefined, b: T | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}

/** Whether some topic matches both patterns: each pair of their rests is looked at once. */
function patternsOverlap(a: readonly string[], b: readonly string[]): boolean {
  const open: (readonly [number, number])[] = [[0, 0]];
  const seen = new Set<string>();
  for (const [at, to] of open) {
    if (at === a.length && to === b.length) return true;
    if (seen.size < seen.add(`${at} ${to}`).size) open.push(...steps(a, b, at, to));
  }
  return false;
}

/** What is left of both after one level of a topic, or after a `**` that stands for none. */
function steps(
  a: readonly string[],
  b: readonly string[],
  at: number,
  to: number,
): (readonly [number, number])[] {
  const [left, right] = [a[at], b[to]];
  const next: (readonly [number, number])[] = [];
  if (left === '**') next.push([at + 1, to]);
  if (right === '**') next.push([at, to + 1]);
  if (left === undefined || right === undefined) return next;
  if (left === right || left.startsWith('*') || right.startsWith('*'))
    next.push([left === '**' ? at : at + 1, right === '**' ? to : to + 1]);
  return next;
}
