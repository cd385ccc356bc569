// Which hosts are this machine alone.
import { isIP } from 'node:net';

/** Whether nobody but this machine can reach that host, a name or an address without brackets. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
