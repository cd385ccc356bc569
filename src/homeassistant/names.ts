// Names of entities for people, made from what the device says.
import type { Item } from '../event.ts';
import { topicSegments } from '../util/topic.ts';

const NAME_MAX = 100;

/** `tns1:Device/tnsaxis:IO/Port` is `IO Port`; a topic's first segment says little where there are others. */
export function topicName(topic: string): string {
  const segments = topicSegments(topic);
  return words(segments.slice(segments.length > 1 ? 1 : 0).join(' '));
}

/** `DayNightVision` and `total_in` as words. */
export function words(text: string): string {
  const spaced = text
    .replaceAll(/([a-z\d])([A-Z])|_/g, (_, before = '', after = '') => `${before} ${after}`)
    .trim();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** The name of one of several: with what tells it from the others. */
export function nameOf(name: string, items: readonly Item[]): string {
  const values = items.map(({ value }) => (typeof value === 'string' ? value : JSON.stringify(value)));
  return [name, ...values].join(' ').slice(0, NAME_MAX);
}
