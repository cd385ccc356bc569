// What is valid and will hardly do what is meant: patterns and names that nothing can match. Warnings, no problems.
import { suggest } from '../util/suggest.ts';
import type { Path, Report } from './problem.ts';
import type { CameraFile, ConfigFile } from './schema/file.ts';
import type { CameraConfig } from './types.ts';

/** Warns of topic patterns without a namespace, and of camera names that no camera has. */
export function reportDoubts(file: ConfigFile, cameras: readonly CameraConfig[], report: Report): void {
  for (const [path, pattern] of patternsOf(file)) checkPattern(pattern, path, report);
  const ids = cameras.map(({ id }) => id);
  for (const [path, name] of cameraNamesOf(file)) checkCamera(name, path, ids, report);
}

/** As in MQTT topics, which leave the namespaces out. */
function checkPattern(pattern: string, path: Path, report: Report): void {
  const [first = ''] = pattern.split('/');
  if (first === '*' || first === '**' || first.includes(':')) return;
  report.warn(path, 'begins without a namespace: topics of devices begin with one, as in `tns1:Device/**`');
}

/** A camera without an id gets one when it is heard. */
function checkCamera(name: string, path: Path, ids: readonly (string | undefined)[], report: Report): void {
  if (name.includes('*') || ids.includes(name) || ids.includes(undefined)) return;
  const near = suggest(
    name,
    ids.filter(id => id !== undefined),
  );
  report.warn(
    path,
    `there is no camera of that name${near === undefined ? '' : ` (did you mean \`${near}\`?)`}`,
  );
}

type Place = [path: Path, text: string];

function* patternsOf({ defaults, cameras, routes = [], triggers = [] }: ConfigFile): Generator<Place> {
  yield* patternsOfCamera(['defaults'], defaults);
  for (const [index, camera] of cameras.entries()) yield* patternsOfCamera(['cameras', index], camera);
  for (const [index, { match }] of routes.entries())
    if (match?.topic !== undefined) yield [['routes', index, 'match', 'topic'], match.topic];
  for (const [index, { on }] of triggers.entries())
    if (on?.topic !== undefined) yield [['triggers', index, 'on', 'topic'], on.topic];
}

function* patternsOfCamera(path: Path, part: CameraFile | undefined): Generator<Place> {
  for (const key of ['include', 'exclude'] as const)
    for (const [index, pattern] of (part?.events?.[key] ?? []).entries())
      yield [[...path, 'events', key, index], pattern];
}

function* cameraNamesOf({ routes = [], triggers = [] }: ConfigFile): Generator<Place> {
  for (const [index, { match }] of routes.entries())
    if (match?.camera !== undefined) yield [['routes', index, 'match', 'camera'], match.camera];
  for (const [index, { on }] of triggers.entries())
    if (on?.camera !== undefined) yield [['triggers', index, 'on', 'camera'], on.camera];
}
