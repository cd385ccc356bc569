// Patterns, camera names and labels that nothing can match.
import { suggest } from '../../util/suggest.ts';
import type { Path } from '../path.ts';
import type { Report } from '../problem.ts';
import type { ConfigFile, RouteFile } from '../schema/file.ts';
import type { CameraConfig } from '../types.ts';

/** Warns of topic patterns without a namespace, and of camera names and labels that no camera has. */
export function lintNames(file: ConfigFile, cameras: readonly CameraConfig[], report: Report): void {
  const ids = cameras.map(({ id }) => id);
  for (const [path, pattern] of filtersOf(file)) checkPattern(pattern, path, report);
  for (const [path, { topic, camera }] of choicesOf(file)) {
    if (topic !== undefined) checkPattern(topic, [...path, 'topic'], report);
    if (camera !== undefined) checkCamera(camera, [...path, 'camera'], ids, report);
  }
  for (const [index, route] of (file.routes ?? []).entries())
    checkLabels(route, ['routes', index], cameras, report);
}

function checkLabels(
  { topic = '', match = {} }: RouteFile,
  path: Path,
  cameras: readonly CameraConfig[],
  report: Report,
): void {
  const names = [...new Set(cameras.flatMap(({ labels }) => Object.keys(labels)))];
  const warn = (where: Path, name: string, message: string) =>
    report.warn(where, message, { suggestion: suggest(name, names) });
  for (const [, name = ''] of topic.matchAll(/\{labels\.([^{}]*)\}/g))
    if (!names.includes(name)) warn([...path, 'topic'], name, 'names a label that no camera has');
  for (const [name, value] of Object.entries(match.labels ?? {})) {
    const where = [...path, 'match', 'labels', name];
    if (!names.includes(name)) warn(where, name, 'is a label that no camera has: the route takes nothing');
    else if (!cameras.some(({ labels }) => labels[name] === value))
      report.warn(where, 'has a value that this label has of no camera: the route takes nothing');
  }
}

/** As in MQTT topics, which leave the namespaces out. */
function checkPattern(pattern: string, path: Path, report: Report): void {
  const [first = ''] = pattern.split('/');
  if (first === '*' || first === '**' || first.includes(':')) return;
  report.warn(path, 'begins without a namespace: topics of devices begin with one, as in `tns1:Device/**`');
}

/** A camera without an id gets one when it is heard. */
function checkCamera(name: string, path: Path, ids: readonly (string | undefined)[], report: Report): void {
  const known = ids.filter(id => id !== undefined);
  if (name.includes('*') || known.includes(name) || known.length < ids.length) return;
  report.warn(path, 'there is no camera of that name', { suggestion: suggest(name, known) });
}

/** What the cameras include and exclude. */
function* filtersOf({ defaults, cameras }: ConfigFile): Generator<[path: Path, pattern: string]> {
  const parts = cameras.map((camera, index) => [['cameras', index], camera] as const);
  for (const [path, part] of [[['defaults'], defaults] as const, ...parts])
    for (const key of ['include', 'exclude'] as const)
      for (const [index, pattern] of (part?.events?.[key] ?? []).entries())
        yield [[...path, 'events', key, index], pattern];
}

interface Choice {
  topic?: string | undefined;
  camera?: string | undefined;
}

/** Which events routes and triggers take. */
function* choicesOf({ routes = [], triggers = [] }: ConfigFile): Generator<[path: Path, choice: Choice]> {
  for (const [index, { match = {} }] of routes.entries()) yield [['routes', index, 'match'], match];
  for (const [index, { on = {} }] of triggers.entries()) yield [['triggers', index, 'on'], on];
}
