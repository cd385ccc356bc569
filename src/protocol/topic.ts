// Event topics: one spelling for all prefixes, and the `eventtopic` filter of the RTSP URL.
import { fail } from '../util/errors.ts';
import { withoutRepeatedPrefixes } from '../util/topic.ts';
import { NS } from './namespaces.ts';
import { own } from './text.ts';

const BY_URI = new Map<string, string>([
  [NS.topics, 'tns1:'],
  [NS.axisTopics, 'tnsaxis:'],
]);
const BY_PREFIX = new Map([
  ['onvif', 'tns1:'],
  ['tns1', 'tns1:'],
  ['axis', 'tnsaxis:'],
  ['tnsaxis', 'tnsaxis:'],
]);
/** Written as it is to be, if its prefixes mean what they usually do. */
const CANONICAL = /^(?:(?:tns1:|tnsaxis:)?[\w.-]+\/)*(?:tns1:|tnsaxis:)?[\w.-]*[\w-]$/;
/** But for a prefix that need not be repeated. */
const REPEATED = /(tns1:|tnsaxis:)[^:]*\/\1/;
const FILTER_SEGMENT = /^(?:(tns1|tnsaxis):)?[A-Za-z_][\w.-]*$/;
const FILTER_MAX = 1500;
/** Characters; real topics have at most a hundred. */
export const TOPIC_MAX = 4096;

/**
 * A topic with the prefixes `tns1:` and `tnsaxis:`, by the URI that `resolve` gives for each segment's prefix, or by
 * the prefix's usual meaning where it gives none. Foreign namespaces keep the prefix as written. A prefix that is only
 * repeated is left out. Trims blanks and the `/.` that some devices append. Throws PROTOCOL for one of more than 4,096 characters.
 */
export function normalizeTopic(
  topic: string,
  resolve: (prefix: string) => string | undefined = () => undefined,
): string {
  if (topic.length > TOPIC_MAX) throw fail('PROTOCOL', `a topic of ${topic.length} characters`);
  const usual =
    topicPrefix('tns1', resolve('tns1')) === 'tns1:' &&
    topicPrefix('tnsaxis', resolve('tnsaxis')) === 'tnsaxis:';
  if (usual && CANONICAL.test(topic) && !REPEATED.test(topic)) return own(topic);
  const segments = withoutTail(topic.trim())
    .split('/')
    .map(segment => topicSegment(segment.trim(), resolve));
  return own(withoutRepeatedPrefixes(segments.join('/')));
}

/** Without the `/`, `/.` or `//.` at its end. */
function withoutTail(path: string): string {
  let end = path.length;
  if (!path.endsWith('/') && !path.endsWith('/.')) return path;
  while (end > 0 && (path[end - 1] === '/' || path[end - 1] === '.')) end -= 1;
  return path.slice(0, end);
}

function topicSegment(segment: string, resolve: (prefix: string) => string | undefined): string {
  const colon = segment.indexOf(':');
  if (colon < 0) return segment;
  const prefix = segment.slice(0, colon);
  return (topicPrefix(prefix, resolve(prefix)) ?? `${prefix}:`) + segment.slice(colon + 1);
}

/** `tns1:` or `tnsaxis:` for a prefix and the URI that it is bound to, if any; undefined for a foreign namespace. */
export function topicPrefix(prefix: string, uri: string | undefined): string | undefined {
  return uri === undefined ? BY_PREFIX.get(prefix) : BY_URI.get(uri);
}

/** `tns1:Device/tnsaxis:IO/Port` as `onvif:Device/axis:IO/Port`, the prefixes of RTSP and MQTT (PROTOCOLS 0.1). */
export function toDevicePrefixes(topic: string): string {
  return topic.replace(/(?<=^|\/)tns1:/g, 'onvif:').replace(/(?<=^|\/)tnsaxis:/g, 'axis:');
}

/**
 * The value of `eventtopic` (PROTOCOLS 1.2) that lets through all that the include patterns want, percent-encoded.
 * Undefined, which is everything, where the filter's language cannot say it.
 */
export function eventTopicFilter(include: readonly string[]): string | undefined {
  const filter = filterTerms(include)?.map(toDevicePrefixes).join('%7C');
  return filter !== undefined && filter.length <= FILTER_MAX ? filter : undefined;
}

/** The same as an ONVIF ConcreteSet expression with the prefixes `tns1:` and `tnsaxis:` (PROTOCOLS 2.2, 3.2). */
export function topicExpression(include: readonly string[]): string | undefined {
  const expression = filterTerms(include)?.join('|');
  return expression !== undefined && expression.length <= FILTER_MAX ? expression : undefined;
}

/** The terms that together let through all that is wanted; undefined where one cannot be said. */
function filterTerms(include: readonly string[]): string[] | undefined {
  const terms = include.map(filterTerm);
  const known = terms.filter(term => term !== undefined);
  return known.length === 0 || known.length < terms.length ? undefined : [...new Set(known)];
}

/** A literal topic as it is; one with wildcards as the subtree of what stands before the first. */
function filterTerm(pattern: string): string | undefined {
  const levels = pattern.split('/');
  const wild = levels.findIndex(level => level === '*' || level === '**');
  const literal = wild < 0 ? levels : levels.slice(0, wild);
  const sayable = literal.every(level => FILTER_SEGMENT.test(level)) && literal[0]?.includes(':') === true;
  if (!sayable) return undefined;
  return literal.join('/') + (wild < 0 ? '' : '//.');
}
