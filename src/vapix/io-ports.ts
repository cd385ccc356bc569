// The I/O ports: portmanagement.cgi (AXIS OS 9.70 or later), else port.cgi (PROTOCOLS 7.2).
import type { Reading } from '../event.ts';
import { fail } from '../util/errors.ts';
import type { VapixClient } from './client.ts';
import { callJson, decodeJson, fieldsOf, textOf } from './json.ts';
import { refuseErrorText } from './outcome.ts';
import { listParams } from './param.ts';
import { eitherOf, type Poll } from './poll.ts';
import { bounded, readingOf, type Types, typed } from './readings.ts';

const API = 'io';
const PATH = '/axis-cgi/io/portmanagement.cgi';
const OLD_PATH = '/axis-cgi/io/port.cgi';
const TYPES: Types = new Map([['configurable', 'boolean']]);

/** What the old API tells of a port, one request each: `port1=0`, `port1=inactive`, `port1=input`. */
const CHECKS = [
  {
    query: 'check',
    name: 'level',
    values: new Map<string, number>([
      ['0', 0],
      ['1', 1],
    ]),
  },
  {
    query: 'checkactive',
    name: 'active',
    values: new Map([
      ['active', true],
      ['inactive', false],
    ]),
  },
  { query: 'checkdirection', name: 'direction', values: new Map<string, string>() },
] as const;
const COUNTS = ['Input.NbrOfInputs', 'Output.NbrOfOutputs'];
const PORTS_MAX = 64;

/** Makes the poll: finds out which of the two APIs the device has, and keeps to it. */
export function createIoPoll(): Poll {
  return eitherOf(pollPortManagement, pollPorts);
}

/** Reads an answer to getPorts: one item a port, by its id, which counts from 0. Without ports it has no `items`. */
export function decodePorts(text: string): Reading[] {
  const { items = [], numberOfPorts } = decodeJson(text, PATH);
  const hasNone = numberOfPorts === 0 || numberOfPorts === '0';
  if (!Array.isArray(items) || (items.length === 0 && !hasNone))
    throw fail('PROTOCOL', `${PATH}: the answer has no list of ports`);
  const ports = items.map(fieldsOf);
  const readings = ports.map(({ port, ...fields }, index) =>
    readingOf(API, typed(Object.entries(fields), TYPES), { item: textOf(port) || String(index) }),
  );
  return bounded(readings);
}

const pollPortManagement: Poll = async (client, { signal }) =>
  decodePorts(await callJson(client, { path: PATH, method: 'getPorts', signal }));

const pollPorts: Poll = async (client, { signal }) => {
  const count = await countPorts(client, signal);
  if (count === 0) return [];
  const numbers = Array.from({ length: count }, (_, index) => index + 1).join(',');
  const ports = new Map<string, Map<string, string | number | boolean>>();
  for (const check of CHECKS) {
    const { text } = await client.request({
      method: 'GET',
      path: `${OLD_PATH}?${check.query}=${numbers}`,
      signal,
    });
    refuseErrorText(text, OLD_PATH);
    readCheck(text, check, ports);
  }
  if (ports.size === 0) throw fail('PROTOCOL', `${OLD_PATH}: the answer tells of no port`);
  return bounded([...ports].map(([item, values]) => readingOf(API, typed(values), { item })));
};

/** Inputs are numbered first, then outputs. */
async function countPorts(client: VapixClient, signal: AbortSignal): Promise<number> {
  const params = await listParams(client, COUNTS, { signal });
  if (!COUNTS.some(name => params.has(name))) throw fail('PROTOCOL', 'param.cgi: the answer counts no ports');
  const total = COUNTS.reduce((sum, name) => sum + Number(params.get(name) ?? 0), 0);
  return Number.isInteger(total) ? Math.min(Math.max(total, 0), PORTS_MAX) : 0;
}

/** Reads the lines of one check into what is known of each port, by names such as `port1`, which count from 1. */
function readCheck(
  text: string,
  { name, values }: { name: string; values: ReadonlyMap<string, string | number | boolean> },
  ports: Map<string, Map<string, string | number | boolean>>,
): void {
  for (const line of text.split(/\r?\n/)) {
    const [, port, said = ''] = /^(port\d{1,3})=(.{0,100})$/.exec(line.trim()) ?? [];
    if (port === undefined) continue;
    const known = ports.get(port) ?? new Map<string, string | number | boolean>();
    ports.set(port, known.set(name, values.get(said) ?? said));
  }
}
