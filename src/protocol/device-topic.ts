// The MQTT topics of a device's own client (PROTOCOLS 5.3): what stands behind the prefix, as an event's topic.
import { topicPrefix } from './topic.ts';

const NAMESPACE = 'tns:';

/**
 * `tns:onvif/Device/tns:axis/IO/Port/$source/port/1` as `tns1:Device/tnsaxis:IO/Port`. A device that is told to leave
 * the namespaces out says less, and so does what comes of it; without an event's topic it is ''.
 */
export function readDeviceTopic(path: string): string {
  const segments: string[] = [];
  let prefix = '';
  for (const level of path.replace(/(^|\/)\$source(\/.*)?$/s, '').split('/')) {
    if (level.startsWith(NAMESPACE)) {
      const name = level.slice(NAMESPACE.length);
      prefix = topicPrefix(name, undefined) ?? `${name}:`;
    } else if (level !== '') {
      segments.push(prefix + level);
      prefix = '';
    }
  }
  return segments.join('/');
}
