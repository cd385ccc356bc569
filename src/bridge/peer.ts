// A broker of the configuration in the words of the MQTT room.
import type { BrokerConfig } from '../config/types.ts';
import type { BrokerOptions } from '../mqtt/types.ts';
import type { PeerTls } from '../util/tls.ts';

/** How to reach the broker and who to be there. */
export function peerOptions({
  urls,
  embedded,
  username,
  password,
  clientId,
  protocolVersion,
  tls,
  headers,
}: BrokerConfig): BrokerOptions {
  return {
    servers: embedded ? urls.map(url => url.replace('embedded:', 'mqtt:')) : urls,
    clientId,
    // The embedded broker speaks 3.1.1 only.
    protocolVersion: embedded ? 4 : protocolVersion,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    tls: peerTls(tls),
    headers,
  };
}

function peerTls({ key, ...tls }: BrokerConfig['tls']): PeerTls {
  return key === undefined ? tls : { ...tls, key: key.reveal() };
}
