// WS-Discovery: who is an ONVIF NetworkVideoTransmitter (ONVIF Core "Device discovery")?
import { randomUUID } from 'node:crypto';
import { readSoapBody, soapEnvelope } from '../protocol/soap.ts';
import { child, type XmlElement } from '../protocol/xml-tree.ts';
import { normalizeSerial } from '../vapix/serial.ts';
import type { Question } from './ask.ts';
import { nameOf, type Sighting } from './sighting.ts';

const GROUP = '239.255.255.250';
const PORT = 3702;
const DISCOVERY = 'http://schemas.xmlsoap.org/ws/2005/04/discovery';
const ADDRESSING = 'http://schemas.xmlsoap.org/ws/2004/08/addressing';
const NETWORK = 'http://www.onvif.org/ver10/network/wsdl';
const SCOPE = /^onvif:\/\/www\.onvif\.org\/(name|hardware|mac)\/(.*)$/i;

/** A probe; `where` is for another group or port. */
export function probeQuestion(where: { group?: string; port?: number } = {}): Question {
  const header =
    `<a:Action xmlns:a="${ADDRESSING}">${DISCOVERY}/Probe</a:Action>` +
    `<a:MessageID xmlns:a="${ADDRESSING}">urn:uuid:${randomUUID()}</a:MessageID>` +
    `<a:To xmlns:a="${ADDRESSING}">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>`;
  const body =
    `<d:Probe xmlns:d="${DISCOVERY}"><d:Types xmlns:dn="${NETWORK}">dn:NetworkVideoTransmitter</d:Types>` +
    `</d:Probe>`;
  return { packet: Buffer.from(soapEnvelope({ header, body })), group: GROUP, port: PORT, ...where };
}

/** The devices that an answer tells of; none where it cannot be read. `from`: its sender. */
export function readProbeMatches(bytes: Buffer, from: string): Sighting[] {
  try {
    const body = readSoapBody(bytes);
    if (body.local !== 'ProbeMatches') return [];
    return body.children.filter(({ local }) => local === 'ProbeMatch').map(match => sightingOf(match, from));
  } catch {
    return [];
  }
}

function sightingOf(match: XmlElement, from: string): Sighting {
  const scopes = scopesOf(words(match, 'Scopes'));
  const service = words(match, 'XAddrs')
    .flatMap(text => (URL.canParse(text) ? [new URL(text)] : []))
    .find(({ hostname }) => hostname === from);
  const https = service?.protocol === 'https:';
  return {
    via: 'ws-discovery',
    address: from,
    port: service && Number(service.port || (https ? 443 : 80)),
    https: service && https,
    serial: normalizeSerial(scopes.get('mac') ?? ''),
    name: nameOf(scopes.get('name')),
    model: nameOf(scopes.get('hardware')),
    firmware: '',
  };
}

function words(match: XmlElement, name: string): string[] {
  return (child(match, name)?.text.trim() ?? '').split(/\s+/);
}

/** The first scope of each category, in lower case; blanks come as `%20` or `_`. */
function scopesOf(texts: readonly string[]): Map<string, string> {
  const scopes = new Map<string, string>();
  for (const text of texts) {
    const [, category = '', value = ''] = SCOPE.exec(text) ?? [];
    const key = category.toLowerCase();
    if (key !== '' && !scopes.has(key)) scopes.set(key, decoded(value).replaceAll('_', ' '));
  }
  return scopes;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
