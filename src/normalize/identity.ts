// Which property an occurrence is of, and which occurrence it is: as texts to compare and to hash.
import { hash, randomUUID } from 'node:crypto';
import type { Item, Notification } from '../event.ts';

/** What a notification is about, and what it says of it, as texts to compare and to hash. */
export interface Identity {
  /** Topic, source and key: of a property, which one it is. */
  place: string;
  data: string;
}

/** The texts as the device said them, before any typing, so that a declaration changes neither id nor topic. */
export function identify({ topic, source, key, data }: Notification): Identity {
  return { place: `${topic}\n${texts(source)}\n${texts(key)}`, data: texts(data) };
}

/**
 * The same for every delivery of the same occurrence, here and elsewhere: 32 hex digits of a SHA-256, random where
 * the device said no time. `repeat`: how often this connection brought the same before.
 */
export function occurrenceId(
  serial: string,
  { place, data }: Identity,
  time: string | null,
  repeat = 0,
): string {
  if (time === null) return randomUUID().replaceAll('-', '');
  const text = `${serial}\n${place}\n${data}\n${time}${repeat > 0 ? `\n${repeat}` : ''}`;
  return hash('sha256', text, 'hex').slice(0, 32);
}

/**
 * Each text with its length before it, so that no two lists of items read the same; in the order of their names, which
 * devices do not promise to keep (PROTOCOLS 1.7).
 */
function texts(items: readonly Item[]): string {
  let all = '';
  for (const { name, value } of inOrder(items)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    all += `${name.length}:${name}${text.length}:${text}`;
  }
  return all;
}

/** By name, those of one name as they came; an insertion sort, since there are few and they nearly always are in order. */
function inOrder(items: readonly Item[]): readonly Item[] {
  let sorted: Item[] | undefined;
  for (let from = 1; from < items.length; from++) {
    const item = items[from];
    if (item === undefined || nameAt(sorted ?? items, from - 1) <= item.name) continue;
    sorted ??= [...items];
    let to = from;
    for (; to > 0 && nameAt(sorted, to - 1) > item.name; to--) sorted[to] = sorted[to - 1] ?? item;
    sorted[to] = item;
  }
  return sorted ?? items;
}

function nameAt(items: readonly Item[], index: number): string {
  return items[index]?.name ?? '';
}

/** Which property a device speaks of. */
export type Property = Pick<Notification, 'topic' | 'source' | 'key'>;

/** The property of a `place`, its values as texts; undefined where the text is none. */
export function propertyOf(place: string): Property | undefined {
  const end = place.indexOf('\n');
  const source = readItems(place, end + 1);
  const key = source && readItems(place, source.end + 1);
  if (end < 0 || key?.end !== place.length) return undefined;
  return { topic: place.slice(0, end), source: source?.items ?? [], key: key.items };
}

/** Items as `texts` wrote them, from `at` up to a line break or the end. */
function readItems(text: string, at: number): { items: Item[]; end: number } | undefined {
  const items: Item[] = [];
  let end = at;
  const read = (): string | undefined => {
    const length = /^\d{1,9}(?=:)/.exec(text.slice(end, end + 10))?.[0];
    if (length === undefined) return undefined;
    const start = end + length.length + 1;
    end = start + Number(length);
    return end <= text.length ? text.slice(start, end) : undefined;
  };
  while (end < text.length && text[end] !== '\n') {
    const name = read();
    const value = read();
    if (name === undefined || value === undefined) return undefined;
    items.push({ name, value });
  }
  return { items, end };
}
