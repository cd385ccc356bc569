// A broker of the configuration as a device is told of it.
import { isLoopback } from '../../config/address.ts';
import type { BrokerConfig } from '../../config/types.ts';
import { fail } from '../../util/errors.ts';
import type { MqttServer } from '../../vapix/mqtt-client.ts';

const PROTOCOLS: Readonly<Record<string, string>> = {
  'mqtt:': 'tcp',
  'embedded:': 'tcp',
  'mqtts:': 'ssl',
  'ws:': 'ws',
  'wss:': 'wss',
};
/** Addresses to listen on, not to connect to. */
const ANY = new Set(['0.0.0.0', '[::]']);

export interface ServerOptions {
  broker: BrokerConfig;
  /** The device's own host. */
  host: string;
  /** The broker's URL as the device reaches it, where it is another one than ours. */
  url?: string | undefined;
}

/** Throws CONFIG where the device cannot reach it there, such as one on our own loopback. */
export function serverFor({ broker, host, url = broker.urls[0] ?? '' }: ServerOptions): MqttServer {
  const parts = URL.canParse(url) ? new URL(url) : undefined;
  const protocol = PROTOCOLS[parts?.protocol ?? ''];
  if (parts === undefined || protocol === undefined || parts.hostname === '' || url.includes('@'))
    throw fail('CONFIG', '--server is a URL such as mqtt://192.0.2.1:1883, without a login');
  const isOwn = isLoopback(url) && !isLoopback(`http://${host.includes(':') ? `[${host}]` : host}`);
  if (isOwn || ANY.has(parts.hostname))
    throw fail(
      'CONFIG',
      `the broker ${broker.name} is at ${parts.host}, where the device would not find it: ` +
        'say how it reaches the broker with --server mqtt://HOST:PORT',
    );
  const port = Number(parts.port) || { tcp: 1883, ssl: 8883, ws: 80, wss: 443 }[protocol];
  return {
    protocol,
    host: parts.hostname.replace(/^\[|\]$/g, ''),
    port: port ?? 0,
    basepath: parts.pathname === '/' ? '' : parts.pathname,
  };
}
