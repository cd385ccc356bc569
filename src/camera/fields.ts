// Large data items by the configuration's rules: kept, cut short or taken out, and never without saying so.
import type { Item, Notification } from '../event.ts';
import { createFieldRules, type SizedRule, shorten, type TopicRules } from '../util/field-rules.ts';

/** What becomes of a data item that the rule is for. */
export interface FieldRule extends SizedRule {
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

/** Compiles the rules, of which the first that fits counts. */
export function createTrim(rules: readonly FieldRule[]): Trim {
  if (rules.length === 0) return () => undefined;
  const rulesOf = createFieldRules(rules);
  return notification => {
    const { topic, data } = notification;
    const own = rulesOf(topic);
    if (own === undefined || !data.some(({ name }) => own.has(name))) return undefined;
    return trimData(notification, own);
  };
}

function trimData(notification: Notification, rules: TopicRules<FieldRule>): Trimmed | undefined {
  const cut = new Set<string>();
  const dropped = new Set<string>();
  const data = notification.data.flatMap((item): Item[] => {
    const { name, value } = item;
    const rule = rules.find(name, typeof value === 'string' ? value : JSON.stringify(value));
    if (rule === undefined || rule.do === 'keep') return [item];
    // Half of a nested value is no value.
    if (rule.do === 'drop' || typeof value !== 'string') {
      dropped.add(name);
      return [];
    }
    cut.add(name);
    return [{ name, value: shorten(value, rule.over) }];
  });
  if (cut.size + dropped.size === 0) return undefined;
  return { said: { ...notification, data }, cut: listed(cut), dropped: listed(dropped) };
}

function listed(names: ReadonlySet<string>): string[] | undefined {
  return names.size > 0 ? [...names] : undefined;
}
