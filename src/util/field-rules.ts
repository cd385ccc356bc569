// Rules for the items of events by topic, name and size: which one counts, found once a topic.
import { perTopic } from './per-topic.ts';
import { matchTopic } from './topic.ts';

/** A rule for items of that name with more than `over` bytes (UTF-8), in events of these topics. */
export interface SizedRule {
  topic: string;
  name: string;
  over: number;
}

/** The rules of one topic. */
export interface TopicRules<Rule extends SizedRule> {
  /** Whether there is one for items of that name. */
  has(name: string): boolean;
  /** The first that fits an item of that name and text. */
  find(name: string, text: string): Rule | undefined;
}

/** Gives the rules of a topic, undefined where there are none; each topic is matched once. */
export function createFieldRules<Rule extends SizedRule>(
  rules: readonly Rule[],
): (topic: string) => TopicRules<Rule> | undefined {
  return perTopic(topic => rulesOf(rules.filter(rule => matchTopic(rule.topic, topic))));
}

function rulesOf<Rule extends SizedRule>(rules: readonly Rule[]): TopicRules<Rule> | undefined {
  if (rules.length === 0) return undefined;
  const names = new Set(rules.map(({ name }) => name));
  return {
    has: name => names.has(name),
    find(name, text) {
      if (!names.has(name)) return undefined;
      const bytes = Buffer.byteLength(text);
      return rules.find(rule => rule.name === name && bytes > rule.over);
    },
  };
}

/** As many whole characters as fit into so many bytes: `encodeInto` writes no part of one. */
export function shorten(text: string, bytes: number): string {
  return text.slice(0, new TextEncoder().encodeInto(text, new Uint8Array(bytes)).read);
}
