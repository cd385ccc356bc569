// Devices write the same documents over and over, but for times and values: a form is read once, then only these are.
import type { Item, Json, Notification } from '../event.ts';
import { timeOf } from './notification-sink.ts';
import { own } from './text.ts';

/** What differs: the values of these attributes. */
const VALUE = /(?<=\s(?:UtcTime|Value)=")[^"]*/;
/** A value that is what it looks like: no `<` or `&`, no control character, no line end of any version of XML. */
const PLAIN = /^[ !#-%'-;=-~\xa0-\u2027\u202a-\ud7ff]*$/;
/** Stands, with a number, for a value while a form is read; for a time a time that is none of today. */
const MARK = '\x7f';
const TIME_MARK = '1000-01-01T00:00:00.';

const MAX_LENGTH = 2048;
/** Devices that invent forms must not grow the memory without end, nor the search. */
const MAX_PLACES = 256;
const MAX_FORMS = 16;

/** Reads a whole document; undefined where it is not plain. */
export type Read = (xml: string) => Notification[] | undefined;

/** The documents that are these pieces with a value between each two, and what they say. */
interface Form {
  pieces: readonly string[];
  templates: readonly Template[];
}

/** A notification with the index of its time's value, and of each item's; -1 where it is always the same. */
interface Template {
  said: Notification;
  time: number;
  source: readonly Hole[];
  key: readonly Hole[];
  data: readonly Hole[];
}

interface Hole extends Item {
  at: number;
}

/**
 * Makes a reader of documents by their form, which `read` reads where it is new. It gives undefined where `read` does,
 * and where a value is not plain or more than a value: then the document has to be read as it is.
 */
export function createFormReader(read: Read): Read {
  /** By the place of the first time in the document. */
  const forms = new Map<number, readonly Form[]>();
  return xml => {
    if (xml.length > MAX_LENGTH) return undefined;
    const place = xml.indexOf('UtcTime="');
    const known = forms.get(place) ?? [];
    for (const form of known) {
      const values = valuesIn(xml, form);
      if (values !== undefined) return fill(form, values);
    }
    const form = learn(xml, read);
    const values = form && valuesIn(xml, form);
    if (form === undefined || values === undefined) return undefined;
    if (forms.size === MAX_PLACES) forms.clear();
    forms.set(place, [form, ...known].slice(0, MAX_FORMS));
    return fill(form, values);
  };
}

/** The values of a document, undefined where it is not of this form, or one of them is not plain. */
function valuesIn(xml: string, { pieces }: Form): string[] | undefined {
  const values: string[] = [];
  let at = 0;
  for (const piece of pieces) {
    if (at > 0) {
      const end = xml.indexOf('"', at);
      const value = xml.slice(at, end);
      if (end < 0 || !PLAIN.test(value)) return undefined;
      values.push(own(value));
      at = end;
    }
    if (xml.slice(at, at + piece.length) !== piece) return undefined;
    at += piece.length;
  }
  return at === xml.length ? values : undefined;
}

function fill({ templates }: Form, values: readonly string[]): Notification[] {
  const filled = (holes: readonly Hole[]): Item[] =>
    holes.map(({ name, value, at }) => ({ name, value: at < 0 ? value : (values[at] ?? '') }));
  return templates.map(({ said, time, source, key, data }) => ({
    ...said,
    time: time < 0 ? said.time : timeOf(values[time]),
    source: filled(source),
    key: filled(key),
    data: filled(data),
  }));
}

/** Reads a document with marks in the place of its values, and sees where they went. */
function learn(xml: string, read: Read): Form | undefined {
  if (xml.includes(MARK) || xml.includes(TIME_MARK)) return undefined;
  const pieces = xml.split(VALUE);
  const marked = pieces.map((piece, index) => (index === 0 ? piece : markOf(index - 1, pieces) + piece));
  const templates = read(marked.join(''))?.map(templateOf);
  // A mark that is elsewhere, such as in an ElementItem, stands for more than a value.
  if (templates?.flatMap(marksOf).length !== pieces.length - 1) return undefined;
  return { pieces, templates };
}

function templateOf(said: Notification): Template {
  const holes = (items: readonly Item[]) => items.map(item => ({ ...item, at: markIn(item.value) }));
  return {
    said,
    time: markIn(said.time),
    source: holes(said.source),
    key: holes(said.key),
    data: holes(said.data),
  };
}

function marksOf({ time, source, key, data }: Template): number[] {
  const holes = [...source, ...key, ...data].map(({ at }) => at);
  return [time, ...holes].filter(at => at >= 0);
}

/** The mark of the value behind a piece. */
function markOf(index: number, pieces: readonly string[]): string {
  const isTime = pieces[index]?.endsWith('UtcTime="');
  return isTime ? `${TIME_MARK}${String(index).padStart(9, '0')}Z` : `${MARK}${index}`;
}

function markIn(text: Json): number {
  if (typeof text !== 'string') return -1;
  if (text.startsWith(TIME_MARK)) return Number(text.slice(TIME_MARK.length, -1));
  return text.startsWith(MARK) ? Number(text.slice(MARK.length)) : -1;
}
