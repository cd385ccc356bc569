// Whose word something is: of a device, wherever it was heard, or of a topic at a broker.
import type { Cause } from '../actions/audit.ts';
import { topicPlace } from '../actions/loops.ts';

/** What a device is told is not what it says. */
const TOLD = 'command';

/** The place of a cause: the ID of the device that said it (`deviceOf` its level), or the topic. */
export function placeOf(cause: Cause, base: string, deviceOf: (level: string) => string | undefined): string {
  if ('device' in cause) return cause.device;
  const { broker, topic } = cause;
  const [level = '', what] = topic.startsWith(`${base}/`) ? topic.slice(base.length + 1).split('/') : [];
  return (what === TOLD ? undefined : deviceOf(level)) ?? topicPlace(broker, topic);
}
