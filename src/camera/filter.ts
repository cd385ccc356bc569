// Which topics the configuration wants of a camera: included, and not excluded.
import { matchTopic } from '../util/topic.ts';

/** Topics remembered; a device that invents topics must not grow it without end. */
const TOPICS_MAX = 10_000;

export type Filter = (topic: string) => boolean;

/** Makes the filter; each topic is matched once. */
export function createFilter(include: readonly string[], exclude: readonly string[]): Filter {
  const wanted = new Map<string, boolean>();
  return topic => {
    const known = wanted.get(topic);
    if (known !== undefined) return known;
    const is =
      include.some(pattern => matchTopic(pattern, topic)) &&
      !exclude.some(pattern => matchTopic(pattern, topic));
    if (wanted.size >= TOPICS_MAX) wanted.clear();
    wanted.set(topic, is);
    return is;
  };
}
