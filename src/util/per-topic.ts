// What follows from a topic alone, worked out once for each topic.

/** Topics remembered; a device that invents topics must not grow it without end. */
const TOPICS_MAX = 10_000;

/** The same function with its results remembered. */
export function perTopic<T>(find: (topic: string) => T): (topic: string) => T {
  const found = new Map<string, T>();
  return topic => {
    const known = found.get(topic);
    // The second look is for results that are undefined.
    if (known !== undefined || found.has(topic)) return known as T;
    const result = find(topic);
    if (found.size >= TOPICS_MAX) found.clear();
    found.set(topic, result);
    return result;
  };
}
