// Which topics the configuration wants of a camera: included, and not excluded.
import { perTopic } from '../util/per-topic.ts';
import { matchTopic } from '../util/topic.ts';

export type Filter = (topic: string) => boolean;

/** Makes the filter; each topic is matched once. */
export function createFilter(include: readonly string[], exclude: readonly string[]): Filter {
  return perTopic(
    topic =>
      include.some(pattern => matchTopic(pattern, topic)) &&
      !exclude.some(pattern => matchTopic(pattern, topic)),
  );
}
