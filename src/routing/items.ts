// Items of events as texts, and several of one name together.
import type { Item, Json } from '../event.ts';

/** What the device said; the content of an ElementItem as JSON text. */
export function textOf({ value }: { value: Json }): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Values by name, in the order of the names' first appearance; a map knows no `__proto__`. */
export function byName<T>(named: Iterable<{ name: string; value: T }>): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const { name, value } of named) {
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [value]);
    else group.push(value);
  }
  return groups;
}

/** Only SimpleItems: what is nested has no one text. */
export function simple(items: readonly Item[]): Item[] {
  return items.filter(({ value }) => typeof value !== 'object');
}
