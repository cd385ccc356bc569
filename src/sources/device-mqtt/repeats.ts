// Knows an event again that the device's own client publishes once for each of its filters that takes it (PROTOCOLS 5.2).
import { createHash } from 'node:crypto';

/** Topics remembered: a device that invents them must not grow it without end. */
const MAX_TOPICS = 1_000;

/**
 * Makes the test whether a message is the last one of its topic once more, byte for byte. Two events that are alike
 * differ by their time: ask only about those that say one.
 */
export function createRepeats(): (topic: string, payload: Buffer) => boolean {
  const last = new Map<string, string>();
  return (topic, payload) => {
    const digest = createHash('sha1').update(payload).digest('base64');
    const isRepeat = last.get(topic) === digest;
    last.delete(topic);
    last.set(topic, digest);
    for (const oldest of last.keys()) {
      if (last.size <= MAX_TOPICS) break;
      last.delete(oldest);
    }
    return isRepeat;
  };
}
