// What can be had of a damaged document: it is cut at its notifications, and each is read on its own. Off the hot path.
import type { Unreadable } from '../event.ts';
import { isBridgeError } from '../util/errors.ts';
import type { Steps } from '../util/steps.ts';
import { declarationsIn, resolvePrefix, type Scope } from './namespaces.ts';
import type { ReadResult } from './notification-sink.ts';
import { normalizeTopic } from './topic.ts';
import { MAX_GROWTH, repairXml, withoutSections } from './xml-repair.ts';

/** A device sends at most a hundred at once; of a document in which so many are lost the rest is not looked for. */
const MAX_NOTIFICATIONS = 500;
const MAX_LOST = 50;
/** Characters of a document that is repaired. */
const MAX_REPAIRED = 256 * 1024;

/** Reads an element that stands between others which declare `scope`; throws a BridgeError where it is malformed. */
type ReadElement = (xml: string, scope: Scope | undefined) => Steps<ReadResult>;

/** The notifications of a damaged document, and which of them are lost; undefined where it holds none. */
export function* recoverNotifications(xml: string, read: ReadElement): Steps<ReadResult | undefined> {
  const pieces = cut(withoutSections(xml));
  if (pieces.length === 0) return undefined;
  const found: ReadResult = { notifications: [], unreadable: [] };
  let lost = 0;
  for (const [index, piece] of pieces.entries()) {
    if (index === MAX_NOTIFICATIONS || lost === MAX_LOST) {
      found.unreadable.push({ reason: 'too much of a document is damaged: the rest of it is lost' });
      break;
    }
    const { notifications, unreadable } = yield* readPiece(piece, read, xml.length <= MAX_REPAIRED);
    found.notifications.push(...notifications);
    found.unreadable.push(...unreadable);
    if (unreadable.some(({ count }) => count !== 0)) lost += 1;
    yield;
  }
  return found;
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

function* readPiece({ xml, scope, whole }: Piece, read: ReadElement, mayRepair: boolean): Steps<ReadResult> {
  const topic = topicIn(xml, scope);
  if (!whole) return lost('a notification without its end or its beginning', topic);
  const asItIs = yield* attempt(read(xml, scope));
  if (typeof asItIs !== 'string') return asItIs;
  const mended = mayRepair ? repairXml(xml) : xml;
  const repaired = mended.length > xml.length + MAX_GROWTH ? asItIs : yield* attempt(read(mended, scope));
  if (typeof repaired === 'string') return lost(`a damaged notification: ${asItIs}`, topic);
  const told = {
    ...topic,
    reason: `a damaged notification, read with the damage replaced: ${asItIs}`,
    count: 0,
  };
  return { ...repaired, unreadable: [...repaired.unreadable, told] };
}

/** What it gives, or why it cannot. */
function* attempt(reading: Steps<ReadResult>): Steps<ReadResult | string> {
  try {
    return yield* reading;
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
