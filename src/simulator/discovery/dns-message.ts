// DNS messages by hand, as far as an mDNS responder needs them (RFC 1035 §4, RFC 6763).

const TYPES = { A: 1, PTR: 12, TXT: 16, SRV: 33 } as const;
const CLASS_IN = 1;
const RESPONSE = 0x8400;
const TTL_S = 120;

export interface DnsRecord {
  name: readonly string[];
  type: keyof typeof TYPES;
  data: Buffer;
}

export interface DnsQuery {
  id: number;
  /** The labels of the first question's name. */
  name: string[];
  type: number;
  /** The question section as it came: an answer to a one-shot question repeats it (RFC 6762 §6.7). */
  question: Buffer;
}

/** Reads a query of one question; undefined where it is none. */
export function readQuery(packet: Buffer): DnsQuery | undefined {
  if (packet.length < 17 || packet.readUInt16BE(2) & 0x8000 || packet.readUInt16BE(4) !== 1) return undefined;
  const name: string[] = [];
  let at = 12;
  for (let length = packet[at] ?? 0; length > 0; length = packet[at] ?? 0) {
    if (length > 63 || at + length + 5 >= packet.length) return undefined;
    name.push(packet.toString('utf8', at + 1, at + 1 + length));
    at += length + 1;
  }
  const end = at + 5;
  if (end > packet.length) return undefined;
  const type = packet.readUInt16BE(at + 1);
  return { id: packet.readUInt16BE(0), name, type, question: packet.subarray(12, end) };
}

/** An answer with the question repeated; the first record answers, the others are additional. */
export function writeAnswer({ id, question }: DnsQuery, records: readonly DnsRecord[]): Buffer {
  const header = Buffer.alloc(12);
  [id, RESPONSE, 1, 1, 0, records.length - 1].forEach((value, index) => {
    header.writeUInt16BE(value, index * 2);
  });
  return Buffer.concat([header, question, ...records.map(writeRecord)]);
}

function writeRecord({ name, type, data }: DnsRecord): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(TYPES[type], 0);
  fixed.writeUInt16BE(CLASS_IN, 2);
  fixed.writeUInt32BE(TTL_S, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([nameData(name), fixed, data]);
}

/** A name is a list of labels: an instance's own label may hold dots. */
export function nameData(labels: readonly string[]): Buffer {
  return Buffer.concat([...labels.map(label => textData(label)), Buffer.from([0])]);
}

export function textData(text: string): Buffer {
  const bytes = Buffer.from(text).subarray(0, 255);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

export function serviceData(port: number, host: readonly string[]): Buffer {
  const fixed = Buffer.alloc(6);
  fixed.writeUInt16BE(port, 4);
  return Buffer.concat([fixed, nameData(host)]);
}

export function addressData(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}
