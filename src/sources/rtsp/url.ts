// The URL of a device's event stream (PROTOCOLS 1.1).
import { isIPv6 } from 'node:net';
import { eventTopicFilter } from '../../protocol/topic.ts';
import type { DeviceAddress } from '../../vapix/address.ts';

const RTSP_PORT = 554;

/**
 * The event stream's URL, without video and sound, and with the topic filter that the patterns allow. It never holds
 * credentials. The default port of `rtsp:` is left out, as devices do.
 */
export function eventStreamUrl(address: DeviceAddress, include: readonly string[]): string {
  const { host, rtspPort, https } = address;
  const name = isIPv6(host) ? `[${host}]` : host;
  const authority = rtspPort === RTSP_PORT && !https ? name : `${name}:${rtspPort}`;
  const filter = eventTopicFilter(include);
  const query = `video=0&audio=0&event=on${filter === undefined ? '' : `&eventtopic=${filter}`}`;
  return `${https ? 'rtsps' : 'rtsp'}://${authority}/axis-media/media.amp?${query}`;
}
