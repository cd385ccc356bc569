// What a route may not tell as it is: items taken out, cut short or hashed for the brokers of this route alone.
import { createHmac } from 'node:crypto';
import type { Item, Json, Occurrence, Values } from '../event.ts';
import { booleanOf } from '../util/boolean.ts';
import { createFieldRules, type SizedRule, shorten, type TopicRules } from '../util/field-rules.ts';
import type { Secret } from '../util/secret.ts';
import { byName, textOf } from './items.ts';

/** What becomes of a Source, Key or Data item that the rule is for. */
export interface FieldRule extends SizedRule {
  do: 'drop' | 'cut' | 'hash';
}

/** What a route tells of an occurrence: the same one where no rule is for it. Its id stays. */
export type View = (occurrence: Occurrence) => Occurrence;

/** Compiles the rules, of which the first that fits counts; `key` is that of `hash`, which drops without one. */
export function createView(rules: readonly FieldRule[], key?: Secret): View {
  const rulesOf = createFieldRules(rules);
  return occurrence => {
    const { topic, source, key: keys, data } = occurrence.said;
    const own = rulesOf(topic);
    const isMeant = (items: readonly Item[]) => own !== undefined && items.some(({ name }) => own.has(name));
    if (own === undefined || !(isMeant(source) || isMeant(keys) || isMeant(data))) return occurrence;
    return treat(occurrence, own, key);
  };
}

/** Names of what is not whole any more. */
type Told = Record<'cut' | 'dropped' | 'hashed', Set<string>>;

function treat({ event, said }: Occurrence, rules: TopicRules<FieldRule>, secret?: Secret): Occurrence {
  const told: Told = { cut: new Set(event.cut), dropped: new Set(event.dropped), hashed: new Set() };
  const alter = (item: Item) => alterItem(item, rules.find(item.name, textOf(item)), told, secret);
  const source = treatGroup(said.source, event.source, alter);
  const key = treatGroup(said.key, event.key, alter);
  const data = treatGroup(said.data, event.data, alter);
  // Which item is the state is not known here: one that was treated must not show by what it means.
  const { active } = event;
  const shows = active !== undefined && data.treated.some(value => booleanOf(value) === active);
  return {
    event: {
      ...event,
      source: source.values,
      key: key.values,
      data: data.values,
      active: shows ? undefined : event.active,
      cut: listed(told.cut),
      dropped: listed(told.dropped),
      hashed: listed(told.hashed),
    },
    said: { ...said, source: source.items, key: key.items, data: data.items },
  };
}

/** The item as the route tells it, undefined where it does not. */
function alterItem(item: Item, rule: FieldRule | undefined, told: Told, secret?: Secret): Item | undefined {
  const { name, value } = item;
  if (rule === undefined) return item;
  if (rule.do === 'hash' && secret !== undefined) {
    told.hashed.add(name);
    return { name, value: hash(textOf(item), secret) };
  }
  // Half of a nested value is no value.
  if (rule.do === 'cut' && typeof value === 'string') {
    told.cut.add(name);
    return { name, value: shorten(value, rule.over) };
  }
  told.dropped.add(name);
  return undefined;
}

/** The same text has the same hash. What can be guessed is found out by the `id`, a hash without a key (README). */
function hash(text: string, secret: Secret): string {
  return createHmac('sha256', secret.reveal()).update(text).digest('hex').slice(0, 32);
}

interface Group {
  items: Item[];
  values: Values;
  /** The typed values of what is not as it was, alone and with all of its name. */
  treated: Json[];
}

function treatGroup(items: readonly Item[], values: Values, alter: (item: Item) => Item | undefined): Group {
  const group: Item[] = [];
  const typed: Item[] = [];
  const treated: Json[] = [];
  for (const { item, value } of pairs(items, values)) {
    const told = alter(item);
    if (told !== item) treated.push(value, values[item.name] ?? null);
    if (told === undefined) continue;
    group.push(told);
    typed.push(told === item ? { name: item.name, value } : told);
  }
  return { items: group, values: collect(typed), treated };
}

/** Each item with its typed value: several of one name have theirs in an array. */
function pairs(items: readonly Item[], values: Values): { item: Item; value: Json }[] {
  return [...byName(items.map(item => ({ name: item.name, value: item })))].flatMap(([name, group]) => {
    const value = values[name] ?? null;
    const several = group.length > 1 && Array.isArray(value);
    return group.map((item, index) => ({ item, value: several ? (value[index] ?? null) : value }));
  });
}

function collect(items: readonly Item[]): Values {
  const named = [...byName(items)].map(([name, group]): [string, Json] => {
    const [first = null, ...others] = group;
    return [name, others.length === 0 ? first : group];
  });
  return Object.fromEntries(named);
}

function listed(names: ReadonlySet<string>): string[] | undefined {
  return names.size > 0 ? [...names] : undefined;
}
