// Which hosts and broker addresses the configuration takes. No complaint shows the text: it may hold a password.
import { isIP, isIPv6 } from 'node:net';
import { isLoopbackHost } from '../util/loopback.ts';

const PORTS = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443, embedded: 1883 };
const FORMS = 'mqtt://HOST:PORT, mqtts://, ws://, wss:// or embedded://';

/** The host without brackets; undefined where the text is no host name or IP address alone. */
export function parseHost(text: string): string | undefined {
  const host = /^\[.*\]$/.test(text) ? text.slice(1, -1) : text;
  if (isIP(host) !== 0) return host;
  const isName = host === text && /^\w([\w.-]*[\w.])?$/.test(host) && host.length <= 253;
  return isName && !/^[\d.]+$/.test(host) ? host : undefined;
}

/** The broker's URL in full, with its port; or what is wrong with it. */
export function parseBrokerUrl(text: string): { url: string } | { complaint: string } {
  if (text.includes('@'))
    return { complaint: 'takes no user name or password; use `username` and `password`' };
  const parts = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = parts?.protocol.slice(0, -1) ?? '';
  const host = parseHost(parts?.hostname ?? '');
  if (!parts || !isScheme(scheme) || host === undefined) return { complaint: `must be ${FORMS}` };
  if (/[?#]/.test(text)) return { complaint: 'takes no `?` or `#`' };
  const path = parts.pathname === '/' ? '' : parts.pathname;
  if (path !== '' && !scheme.startsWith('ws')) return { complaint: 'takes a path only with ws:// or wss://' };
  if (parts.port === '0' && scheme !== 'embedded') return { complaint: 'takes a port from 1 to 65535' };
  return { url: `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${parts.port || PORTS[scheme]}${path}` };
}

/** Whether a broker's URL asks for the embedded broker. */
export function isEmbedded(url: string): boolean {
  return url.startsWith('embedded:');
}

/** Whether nobody but this machine can reach that address. */
export function isLoopback(url: string): boolean {
  return isLoopbackHost(new URL(url).hostname.replace(/^\[|\]$/g, ''));
}

function isScheme(text: string): text is keyof typeof PORTS {
  return Object.hasOwn(PORTS, text);
}
