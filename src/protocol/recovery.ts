// What can be had of a damaged document: it is cut at its notifications, and each is read on its own. Off the hot path.
import type { Unreadable } from '../event.ts';
import { isBridgeError } from '../util/errors.ts';
import { declarationsIn, resolvePrefix, type Scope } from './namespaces.ts';
import type { ReadResult } from './notification-sink.ts';
import { normalizeTopic } from './topic.ts';
import { repairXml, withoutSections } from './xml-repair.ts';

/** A device sends at most a hundred at once; what is behind so many is lost. */
const MAX_NOTIFICATIONS = 500;

/** Reads an element that stands between others which declare `scope`; throws a BridgeError where it is malformed. */
type ReadElement = (xml: string, scope: Scope | undefined) => ReadResult;

/** The notifications of a damaged document, and which of them are lost; undefined where it holds none. */
export function recoverNotifications(xml: string, read: ReadElement): ReadResult | undefined {
  const pieces = cut(withoutSections(xml));
  if (pieces.length === 0) return undefined;
  const results = pieces.slice(0, MAX_NOTIFICATIONS).map(piece => readPiece(piece, read));
  if (pieces.length > MAX_NOTIFICATIONS) {
    const reason = `more than ${MAX_NOTIFICATIONS} notifications in a damaged document`;
    results.push({ notifications: [], unreadable: [{ reason }] });
  }
  return {
    notifications: results.flatMap(({ notifications }) => notifications),
    unreadable: results.flatMap(({ unreadable }) => unreadable),
  };
}

/** One notification as it is written. */
interface Piece {
  xml: string;
  /** What is declared before it. */
  scope: Scope | undefined;
  /** From its start tag to its end tag; else one of them is missing. */
  whole: boolean;
}

/** A tag of a NotificationMessage. */
interface Boundary {
  at: number;
  end: number;
  kind: 'start' | 'end' | 'empty';
}

const TAG = /<(\/?)(?:[\w.-]+:)?NotificationMessage(?:[\s/][^<>]*)?>/g;

function boundariesIn(xml: string): Boundary[] {
  const found: Boundary[] = [];
  for (const { index, 0: tag, 1: slash } of xml.matchAll(TAG)) {
    const kind = slash === '/' ? 'end' : tag.endsWith('/>') ? 'empty' : 'start';
    found.push({ at: index, end: index + tag.length, kind });
    if (found.length > 2 * MAX_NOTIFICATIONS) break;
  }
  return found;
}

function cut(xml: string): Piece[] {
  const boundaries = boundariesIn(xml);
  let scope: Scope | undefined;
  return boundaries.flatMap((boundary, index) => {
    const previous = boundaries[index - 1];
    const outside = previous?.end ?? 0;
    if (boundary.kind !== 'end' && previous?.kind !== 'start')
      scope = scopeOf(declarationsIn(xml.slice(outside, boundary.at)), scope);
    const span = spanOf(boundary, boundaries[index + 1], xml.length);
    if (span !== undefined) return { xml: xml.slice(boundary.at, span.end), whole: span.whole, scope };
    return previous?.kind === 'start' ? [] : { xml: xml.slice(outside, boundary.end), whole: false, scope };
  });
}

/** How far the notification goes that begins there, and whether it ends; undefined where none begins. */
function spanOf({ kind, end }: Boundary, next: Boundary | undefined, last: number) {
  if (kind === 'end') return undefined;
  if (kind === 'empty') return { end, whole: true };
  return next?.kind === 'end' ? { end: next.end, whole: true } : { end: next?.at ?? last, whole: false };
}

function scopeOf(declared: ReadonlyMap<string, string>, outer: Scope | undefined): Scope | undefined {
  return declared.size === 0 ? outer : { outer, declared };
}

function readPiece({ xml, scope, whole }: Piece, read: ReadElement): ReadResult {
  const topic = topicIn(xml, scope);
  if (!whole) return lost('a notification without its end or its beginning', topic);
  const asItIs = attempt(() => read(xml, scope));
  if (typeof asItIs !== 'string') return asItIs;
  const repaired = attempt(() => read(repairXml(xml), scope));
  if (typeof repaired === 'string') return lost(`a damaged notification: ${asItIs}`, topic);
  const told = {
    ...topic,
    reason: `a damaged notification, read with the damage replaced: ${asItIs}`,
    count: 0,
  };
  return { ...repaired, unreadable: [...repaired.unreadable, told] };
}

/** What it gives, or why it cannot. */
function attempt(read: () => ReadResult): ReadResult | string {
  try {
    return read();
  } catch (error) {
    if (isBridgeError(error)) return error.message;
    throw error;
  }
}

function lost(reason: string, topic: Pick<Unreadable, 'topic'> = {}): ReadResult {
  return { notifications: [], unreadable: [{ ...topic, reason, count: 1 }] };
}

const TOPIC = /<(?:[\w.-]+:)?Topic(?:\s[^<>]*)?>([^<]{1,1000})</;

/** The topic that a notification names, as far as that much of it can be read. */
function topicIn(xml: string, outer: Scope | undefined): Pick<Unreadable, 'topic'> {
  const [before = '', text = ''] = TOPIC.exec(xml) ?? [];
  if (before === '') return {};
  const scope = { outer, declared: declarationsIn(xml.slice(0, xml.indexOf(before) + before.length)) };
  const topic = normalizeTopic(text, prefix => resolvePrefix(scope, prefix));
  return topic === '' ? {} : { topic };
}
