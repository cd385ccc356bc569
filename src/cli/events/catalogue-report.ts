// A catalogue as a table with the YAML that comes of it, and as JSON.
import { matchTopic } from '../../util/topic.ts';
import { columns, printable } from '../printable.ts';
import type { Catalogue, Place } from './catalogue.ts';
import { itemsOf } from './event-line.ts';

export interface ReportOptions {
  catalogue: Catalogue;
  /** How long it listened. */
  ms: number;
  /** The configuration's patterns of what is not wanted. */
  exclude: readonly string[];
}

const HEAD = ['per min', 'count', 'kind', 'median', 'max', 'topic', 'source', 'sample'];

/** The table, then the `events` for a camera's configuration. */
export function catalogueText({ catalogue, ms, exclude }: ReportOptions): string {
  const places = catalogue.places(ms);
  const rows = places.map(place => rowOf(place, exclude));
  const left = catalogue.left > 0 ? `${catalogue.left} events of still more topics and sources\n` : '';
  const seconds = Math.round(ms / 1000);
  if (rows.length === 0) return `Nothing was heard in ${seconds} s.\n`;
  return `Heard in ${seconds} s:\n\n${columns([HEAD, ...rows])}${left}\n${yamlOf(places, exclude)}`;
}

export function catalogueJson({ catalogue, ms, exclude }: ReportOptions): string {
  const places = catalogue.places(ms);
  const include = choiceOf(places, exclude).include.map(patternOf);
  const topics = places.map(place => ({ ...place, excluded: isExcluded(place.topic, exclude) }));
  const report = { seconds: ms / 1000, left: catalogue.left, topics, events: { include, exclude } };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function rowOf(place: Place, exclude: readonly string[]): string[] {
  const { perMinute, count, kind, size, topic, source, untyped, sample } = place;
  const notes = [
    ...(untyped ? ['untyped'] : []),
    ...(isExcluded(topic, exclude) ? ['excluded by the configuration'] : []),
  ];
  const shown = [itemsOf(sample.data) || '-', ...notes.map(note => `(${note})`)].join(' ');
  const numbers = [perMinute, count].map(String);
  const sizes = [size.median, size.max].map(String);
  return [...numbers, kind, ...sizes, printable(topic), itemsOf(source) || '-', shown];
}

interface Choice {
  include: string[];
  /** Topics that a pattern of `exclude` holds back. */
  excluded: string[];
}

function choiceOf(places: readonly Place[], exclude: readonly string[]): Choice {
  const topics = [...new Set(places.map(({ topic }) => topic))];
  return {
    include: topics.filter(topic => !isExcluded(topic, exclude)),
    excluded: topics.filter(topic => isExcluded(topic, exclude)),
  };
}

function isExcluded(topic: string, exclude: readonly string[]): boolean {
  return exclude.some(pattern => matchTopic(pattern, topic));
}

/** A level that no pattern can spell, or that the configuration would take for a variable, is any level. */
function patternOf(topic: string): string {
  const levels = topic.split('/');
  return levels.map(level => (level === '' || /[*+#$]/.test(level) ? '*' : level)).join('/');
}

/** Text is written as JSON, which is YAML whatever a device calls its topics. */
function yamlOf(places: readonly Place[], exclude: readonly string[]): string {
  const { include, excluded } = choiceOf(places, exclude);
  const rate = (topic: string) => {
    const same = places.filter(place => place.topic === topic);
    return same.reduce((sum, { perMinute }) => sum + perMinute, 0).toFixed(1);
  };
  const text = (value: string) => printable(JSON.stringify(value));
  const list = (name: string, lines: readonly string[]) =>
    lines.length === 0 ? [`  ${name}: []`] : [`  ${name}:`, ...lines.map(line => `    - ${line}`)];
  const stopped = (pattern: string) => excluded.filter(topic => matchTopic(pattern, topic));
  const held = (pattern: string) => {
    const topics = stopped(pattern);
    return topics.length === 0 ? '' : `  # holds back ${topics.map(printable).join(', ')}`;
  };
  return [
    'events:',
    ...list(
      'include',
      include.map(topic => `${text(patternOf(topic))}  # ${rate(topic)} a minute`),
    ),
    ...list(
      'exclude',
      exclude.map(pattern => `${text(pattern)}${held(pattern)}`),
    ),
    '',
  ].join('\n');
}
