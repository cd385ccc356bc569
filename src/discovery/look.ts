// Looks at one address over HTTP, without a login: is an Axis device there, and which (PROTOCOLS 7.1, 10)?
import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { TLSSocket } from 'node:tls';
import { parseChallenges } from '../protocol/challenge.ts';
import { withDeadline } from '../util/deadline.ts';
import { type DeviceInfo, decodeDeviceInfo } from '../vapix/device-info.ts';
import { serialFromRealm } from '../vapix/serial.ts';
import { nameOf, type Sighting } from './sighting.ts';

export interface Door {
  address: string;
  port: number;
  https: boolean;
}

const PATIENCE_MS = 2000;
const BODY_MAX = 64 * 1024;
const INFO = JSON.stringify({
  apiVersion: '1.0',
  context: 'axis2mqtt',
  method: 'getAllUnrestrictedProperties',
});
/** What is asked, one after the other, until the device has said its serial number. */
const REQUESTS: readonly { method: string; path: string; body?: string }[] = [
  { method: 'POST', path: '/axis-cgi/basicdeviceinfo.cgi', body: INFO },
  // Older ones do not know that, but ask for a login, whose realm bears the serial number.
  { method: 'GET', path: '/axis-cgi/param.cgi?action=list&group=Brand' },
];

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  challenges: readonly string[];
  text: string;
  fingerprint: string | undefined;
}

/** What it says of itself; undefined where nobody answers within 2 s, or somebody who is no Axis device. */
export async function lookAt(door: Door, signal: AbortSignal): Promise<Sighting | undefined> {
  let info: DeviceInfo | undefined;
  for (const asked of REQUESTS) {
    const answer = await tell(door, asked, signal);
    const elsewhere = door.https || answer === undefined ? undefined : httpsOf(door, answer);
    if (elsewhere !== undefined) return lookAt(elsewhere, signal);
    if (answer === undefined || answer === 'refused') return undefined;
    info ??= infoIn(answer);
    const serial = info?.serial ?? serialFromRealm(realmOf(answer));
    const { fingerprint } = answer;
    if (serial !== undefined) return { via: 'http', ...door, fingerprint, serial, ...namesOf(info) };
  }
  return undefined;
}

/** Its https, where it redirects there, or has no http. */
function httpsOf({ address, port }: Door, answer: Answer | 'refused'): Door | undefined {
  if (answer === 'refused') return port === 80 ? { address, port: 443, https: true } : undefined;
  const { status, headers } = answer;
  const { location = '' } = headers;
  if (status < 300 || status >= 400 || !URL.canParse(location)) return undefined;
  const target = new URL(location);
  if (target.protocol !== 'https:' || target.hostname !== address) return undefined;
  return { address, port: Number(target.port || 443), https: true };
}

/** Undefined where no answer comes; `refused` where nobody listens. */
async function tell(
  door: Door,
  asked: (typeof REQUESTS)[number],
  signal: AbortSignal,
): Promise<Answer | 'refused' | undefined> {
  const limits = { ms: PATIENCE_MS, signals: [signal], who: door.address };
  try {
    return await withDeadline(limits, ending => exchange(door, asked, ending));
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED' ? 'refused' : undefined;
  }
}

async function exchange(
  { address, port, https }: Door,
  { method, path, body }: (typeof REQUESTS)[number],
  signal: AbortSignal,
): Promise<Answer> {
  const headers = { 'User-Agent': 'axis2mqtt', ...(body && { 'Content-Type': 'application/json' }) };
  const options = { host: address, port, method, path, headers, signal, agent: false };
  // Nothing secret is sent, and whose certificate it is the user decides: any is accepted here.
  const request = https ? requestHttps({ ...options, rejectUnauthorized: false }) : requestHttp(options);
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).on('error', reject);
  });
  request.end(body);
  return read(await response);
}

async function read(response: IncomingMessage): Promise<Answer> {
  const { socket, headers, statusCode: status = 0 } = response;
  const fingerprint = socket instanceof TLSSocket ? socket.getPeerCertificate().fingerprint256 : undefined;
  const challenges = response.headersDistinct['www-authenticate'] ?? [];
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.length;
    // Leaving the loop destroys the response.
    if (size > BODY_MAX) break;
    chunks.push(chunk);
  }
  return { status, headers, challenges, text: Buffer.concat(chunks).toString(), fingerprint };
}

function infoIn({ status, text }: Answer): DeviceInfo | undefined {
  if (status !== 200) return undefined;
  try {
    const info = decodeDeviceInfo(text);
    return info.brand.toUpperCase() === 'AXIS' ? info : undefined;
  } catch {
    return undefined;
  }
}

function realmOf({ challenges }: Answer): string | undefined {
  const realms = parseChallenges(challenges).map(({ params }) => params.get('realm'));
  return realms.find(realm => serialFromRealm(realm) !== undefined);
}

function namesOf(info: DeviceInfo | undefined): Pick<Sighting, 'name' | 'model' | 'firmware'> {
  return { name: nameOf(info?.fullName), model: nameOf(info?.model), firmware: nameOf(info?.firmware) };
}
