// mDNS: who offers `_axis-video._tcp` (RFC 6762, RFC 6763)?
import { type Answer, decode, encode } from 'dns-packet';
import { normalizeSerial } from '../vapix/serial.ts';
import type { Question } from './ask.ts';
import { nameOf, type Sighting } from './sighting.ts';

const SERVICE = '_axis-video._tcp.local';
const GROUP = '224.0.0.251';
const PORT = 5353;

/** A one-shot question (RFC 6762 §5.1); `where` is for another group or port. */
export function mdnsQuestion(where: { group?: string; port?: number } = {}): Question {
  const packet = encode({ type: 'query', id: 1, questions: [{ type: 'PTR', name: SERVICE }] });
  return { packet, group: GROUP, port: PORT, ...where };
}

/** The devices that an answer tells of; none where it cannot be read. `from`: its sender. */
export function readMdnsAnswer(bytes: Buffer, from: string): Sighting[] {
  const records = recordsOf(bytes);
  return records
    .flatMap(record => (record.type === 'PTR' && isName(record.name, SERVICE) ? [String(record.data)] : []))
    .map(instance => sightingOf(instance, records, from));
}

function recordsOf(bytes: Buffer): Answer[] {
  try {
    const { answers = [], additionals = [] } = decode(bytes);
    return [...answers, ...additionals];
  } catch {
    return [];
  }
}

function sightingOf(instance: string, records: readonly Answer[], from: string): Sighting {
  const service = records.find(record => record.type === 'SRV' && isName(record.name, instance));
  const { target = '', port = undefined } = service?.type === 'SRV' ? service.data : {};
  const name = nameOf(instance.slice(0, -SERVICE.length - 1));
  return {
    via: 'mdns',
    address: addressOf(target, records, from),
    port: port || undefined,
    // The serial number stands in the text record, else at the end of the name: `AXIS P3265-LVE - ACCC8E012345`.
    serial: normalizeSerial(textOf(instance, records).get('macaddress') ?? name.split(' ').at(-1) ?? ''),
    name,
    model: '',
    firmware: '',
  };
}

/** Its own word where it does not contradict the sender, or the sender only repeats it from another link. */
function addressOf(target: string, records: readonly Answer[], from: string): string {
  const addresses = records.flatMap(record =>
    record.type === 'A' && isName(record.name, target) ? [record.data] : [],
  );
  const usable = addresses.filter(address => !address.startsWith('169.254.'));
  return addresses.includes(from) ? from : (usable[0] ?? from);
}

/** `key=value` of its TXT record, keys in lower case (RFC 6763 §6.4). */
function textOf(instance: string, records: readonly Answer[]): Map<string, string> {
  const record = records.find(({ type, name }) => type === 'TXT' && isName(name, instance));
  const data = record?.type === 'TXT' ? record.data : [];
  const texts = (Array.isArray(data) ? data : [data]).map(String);
  return new Map(
    texts.map(text => {
      const at = text.indexOf('=');
      return at < 0 ? [text.toLowerCase(), ''] : [text.slice(0, at).toLowerCase(), text.slice(at + 1)];
    }),
  );
}

/** Names are compared without regard to case (RFC 6762 §16). */
function isName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
