// Topic templates that put several states on one topic: of each only the latest is retained.

import type { Path } from '../path.ts';
import type { Report } from '../problem.ts';
import type { CameraConfig, RouteConfig } from '../types.ts';
import { matchesRoute } from './overlap.ts';

const OF_TOPIC = /\{(topic|axisTopic|onvifTopic)\}/;
const SHOWN = 3;

/** Warns of routes on whose topic the states of several cameras, or of several topics, meet. */
export function lintTopics(
  routes: readonly RouteConfig[],
  cameras: readonly CameraConfig[],
  report: Report,
): void {
  for (const [index, route] of routes.entries()) {
    if (route.retain === 'none' || route.match.kind === 'event') continue;
    const path = ['routes', index, 'topic'];
    lintCameras(
      route,
      cameras.filter(camera => matchesRoute(route, camera)),
      path,
      report,
    );
    if (!OF_TOPIC.test(route.topic) && route.match.topic.includes('*'))
      report.warn(
        path,
        'names no {topic}: all states of a camera meet on one topic, and only the last is retained',
      );
  }
}

function lintCameras(
  { topic }: RouteConfig,
  cameras: readonly CameraConfig[],
  path: Path,
  report: Report,
): void {
  const byTopic = new Map<string, string[]>();
  for (const camera of cameras) {
    const place = cameraPart(topic, camera);
    byTopic.set(place, [...(byTopic.get(place) ?? []), camera.id ?? camera.host]);
  }
  const [meeting] = [...byTopic.values()].filter(ids => ids.length > 1);
  if (meeting === undefined) return;
  const names = meeting.slice(0, SHOWN).join(', ') + (meeting.length > SHOWN ? ', …' : '');
  report.warn(path, `states of several cameras meet on one topic (${names}): put {device} into it`);
}

/** The template with what only depends on the camera filled in. */
function cameraPart(template: string, { id, host, port, labels }: CameraConfig): string {
  return template.replaceAll(
    /\{(?:(device|serial)|labels\.([^{}]*))\}/g,
    (_, own?: string, label?: string) =>
      own === undefined ? (labels[label ?? ''] ?? '') : (id ?? `${host}:${port}`),
  );
}
