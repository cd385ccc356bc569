// Output ports: portmanagement.cgi, which counts from 0, else port.cgi, which counts from 1 (PROTOCOLS 7.2, 8).
import type { Reading } from '../event.ts';
import { fail } from '../util/errors.ts';
import type { VapixClient } from './client.ts';
import { createIoPoll, decodePorts } from './io-ports.ts';
import { callJson, decodeJson, type Fields, fieldsOf } from './json.ts';
import { type ActOptions, newerOr, refused, refuseErrorText } from './outcome.ts';
import type { PollOptions } from './poll.ts';
import { errorOf } from './words.ts';

const JSON_PATH = '/axis-cgi/io/portmanagement.cgi';
const TEXT_PATH = '/axis-cgi/io/port.cgi';
/** How long a pulse's last state is held before the sequence ends, at rest; 0 is not documented to be allowed. */
const REST_MS = 100;

export interface PortState {
  /** Counts from 1, whichever API the device has. */
  port: number;
  active: boolean;
}

/** The ports that a device has, by their numbers, which count from 1. */
export interface Ports {
  count: number;
  outputs: readonly number[];
}

export interface PortPulse {
  port: number;
  /** How long it is active. */
  ms: number;
}

/** Makes an output active or inactive. Rejects with the errors of the client; REFUSED where it is no output. */
export async function setPort(
  client: VapixClient,
  { port, active }: PortState,
  options: ActOptions,
): Promise<void> {
  const newer = async () => {
    const { id, on, off } = await findOutput(client, port, options);
    await call(client, 'setPorts', { ports: [{ port: id, state: active ? on : off }] }, options);
  };
  await newerOr(newer, () => actOnPort(client, `${port}:${active ? '/' : '\\'}`, options));
}

/** Makes an output active for so long; resolves once that has begun. Rejects as `setPort`. */
export async function pulsePort(
  client: VapixClient,
  { port, ms }: PortPulse,
  options: ActOptions,
): Promise<void> {
  const newer = async () => {
    const { id, on, off } = await findOutput(client, port, options);
    const sequence = [
      { state: on, time: ms },
      { state: off, time: REST_MS },
    ];
    await call(client, 'setStateSequence', { port: id, sequence }, options);
  };
  await newerOr(newer, () => actOnPort(client, `${port}:/${ms}\\`, options));
}

/** Which ports there are. Rejects with the errors of the client. */
export async function listPorts(client: VapixClient, options: PollOptions): Promise<Ports> {
  return portsOf(await createIoPoll()(client, options));
}

/** The newer API's items are numbers that count from 0, the older one's are names such as `port1`. */
export function portsOf(readings: readonly Reading[]): Ports {
  const outputs = readings
    .filter(({ values }) => values['direction'] === 'output')
    .map(({ item = '' }) => (item.startsWith('port') ? Number(item.slice(4)) : Number(item) + 1));
  return { count: readings.length, outputs: outputs.filter(port => Number.isInteger(port) && port > 0) };
}

/** Throws as `decodeJson`, and REFUSED where one of several ports is told to have failed. */
export function decodePortAnswer(text: string): void {
  const data = decodeJson(text, JSON_PATH);
  // Where failures of single ports stand is not confirmed: any list with an error in it is one.
  const failed = Object.values(data)
    .flatMap(value => (Array.isArray(value) ? value.map(fieldsOf) : []))
    .find(entry => errorOf(entry) !== undefined);
  if (failed !== undefined) throw refused(JSON_PATH, errorOf(failed) ?? '');
}

/** The newer API speaks of open and closed; which of them is active follows from the port's normal state. */
async function findOutput(client: VapixClient, port: number, options: ActOptions) {
  const id = String(port - 1);
  const ports = decodePorts(await callJson(client, { path: JSON_PATH, method: 'getPorts', ...options }));
  const values = ports.find(({ item }) => item === id)?.values;
  if (values === undefined) throw fail('REFUSED', `the device has no port ${port}; it has ${ports.length}`);
  if (values['direction'] === 'input') throw fail('REFUSED', `port ${port} is an input`);
  const [on, off] = values['normalState'] === 'closed' ? ['open', 'closed'] : ['closed', 'open'];
  return { id, on, off };
}

async function call(client: VapixClient, method: string, params: Fields, options: ActOptions): Promise<void> {
  decodePortAnswer(await callJson(client, { path: JSON_PATH, method, params, ...options }));
}

async function actOnPort(client: VapixClient, action: string, options: ActOptions): Promise<void> {
  const path = `${TEXT_PATH}?action=${encodeURIComponent(action)}`;
  refuseErrorText((await client.request({ method: 'GET', path, ...options })).text, TEXT_PATH);
}
