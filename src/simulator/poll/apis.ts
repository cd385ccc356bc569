// Which path of a simulated device answers which polled API; each asks for a login.
import { actOnPorts } from '../actions/ports.ts';
import type { Core } from '../core.ts';
import type { ApiName } from '../options.ts';
import { peopleCounter, peopleCounter3d, queueMonitor } from './json.ts';
import { diskHealth, diskList, ports, temperatures } from './text.ts';

interface PolledApi {
  api: ApiName;
  type: string;
  body(core: Core, query: URLSearchParams): string;
  /** Other ways to ask than this one are not known. */
  asks(query: URLSearchParams): boolean;
}

const always = () => true;

/** Those that are asked by GET; the JSON CGIs stand in `json-apis.ts`. */
export const POLL_APIS: Readonly<Record<string, PolledApi>> = {
  '/local/tvpc/.api': {
    api: 'people-counter',
    type: 'application/json',
    body: peopleCounter,
    asks: query => query.has('live-sum.json'),
  },
  '/a3dpc/api/occupancy': {
    api: 'people-counter-3d',
    type: 'application/json',
    body: peopleCounter3d,
    asks: always,
  },
  '/local/queue/.api': {
    api: 'queue',
    type: 'application/json',
    body: queueMonitor,
    asks: query => query.has('live-sum-people.json'),
  },
  '/axis-cgi/io/port.cgi': { api: 'old-ports', type: 'text/plain', body: portsOf, asks: always },
  '/axis-cgi/temperaturecontrol.cgi': {
    api: 'temperature',
    type: 'text/plain',
    body: temperatures,
    asks: query => query.get('action') === 'statusall',
  },
  '/axis-cgi/disks/list.cgi': {
    api: 'disks',
    type: 'text/xml',
    body: diskList,
    asks: query => query.has('diskid'),
  },
  '/axis-cgi/disks/gethealth.cgi': { api: 'disk-health', type: 'text/xml', body: diskHealth, asks: always },
};

/** One path tells of the ports and sets them. */
function portsOf(core: Core, query: URLSearchParams): string {
  const action = query.get('action');
  return action === null ? ports(core, query) : actOnPorts(core, action);
}
