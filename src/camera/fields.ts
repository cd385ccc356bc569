// Large data items by the configuration's rules: kept, cut short or taken out, and never without saying so.
import type { Item, Json, Notification } from '../event.ts';
import { matchTopic } from '../util/topic.ts';

/** What becomes of a data item of that name with more than `over` bytes (UTF-8), in events of these topics. */
export interface FieldRule {
  topic: string;
  name: string;
  over: number;
  do: 'keep' | 'cut' | 'drop';
}

/** A notification that is not whole any more, and the names of what it lacks, each once. */
export interface Trimmed {
  said: Notification;
  cut: readonly string[] | undefined;
  dropped: readonly string[] | undefined;
}

/** Gives undefined for a notification that no rule changes. */
export type Trim = (notification: Notification) => Trimmed | undefined;

/** Topics remembered; a device that invents topics must not grow it without end. */
const TOPICS_MAX = 10_000;

/** Compiles the rules, of which the first that fits counts; each topic is matched once. */
export function createTrim(rules: readonly FieldRule[]): Trim {
  if (rules.length === 0) return () => undefined;
  const topics = new Map<string, Rules>();
  const compile = (topic: string): Rules => {
    const named = byName(rules.filter(rule => matchTopic(rule.topic, topic)));
    if (topics.size >= TOPICS_MAX) topics.clear();
    topics.set(topic, named);
    return named;
  };
  return notification => {
    const { topic, data } = notification;
    const named = topics.get(topic) ?? compile(topic);
    if (named.size === 0 || !data.some(({ name }) => named.has(name))) return undefined;
    return trimData(notification, named);
  };
}

/** The rules of a topic by the name of the item. */
type Rules = ReadonlyMap<string, readonly FieldRule[]>;

function byName(rules: readonly FieldRule[]): Rules {
  const named = new Map<string, FieldRule[]>();
  for (const rule of rules) named.set(rule.name, [...(named.get(rule.name) ?? []), rule]);
  return named;
}

function trimData(notification: Notification, rules: Rules): Trimmed | undefined {
  const cut = new Set<string>();
  const dropped = new Set<string>();
  const data = notification.data.flatMap((item): Item[] => {
    const rule = fitting(rules.get(item.name), item.value);
    if (rule === undefined || rule.do === 'keep') return [item];
    // Half of a nested value is no value.
    if (rule.do === 'drop' || typeof item.value !== 'string') {
      dropped.add(item.name);
      return [];
    }
    cut.add(item.name);
    return [{ name: item.name, value: shorten(item.value, rule.over) }];
  });
  if (cut.size + dropped.size === 0) return undefined;
  return { said: { ...notification, data }, cut: listed(cut), dropped: listed(dropped) };
}

function fitting(rules: readonly FieldRule[] | undefined, value: Json): FieldRule | undefined {
  if (rules === undefined) return undefined;
  const bytes = Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));
  return rules.find(({ over }) => bytes > over);
}

/** As many whole characters as fit into so many bytes: `encodeInto` writes no part of one. */
function shorten(text: string, bytes: number): string {
  return text.slice(0, new TextEncoder().encodeInto(text, new Uint8Array(bytes)).read);
}

function listed(names: ReadonlySet<string>): string[] | undefined {
  return names.size > 0 ? [...names] : undefined;
}
