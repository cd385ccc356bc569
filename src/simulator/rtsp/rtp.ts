// Documents as RTP packets in interleaved frames (RFC 2326 §10.12, RFC 3550 §5.1), with every oddity of the header.
import { randomInt } from 'node:crypto';
import type { Oddities } from '../options.ts';

export interface PacketizerOptions {
  channel: number;
  /** Payload bytes of one packet at most. */
  maxPayload: number;
  oddities: Oddities;
}

export interface Packetizer {
  readonly ssrc: number;
  /** The sequence number of the next packet. */
  readonly sequence: number;
  readonly packets: number;
  readonly octets: number;
  /** The frames of one document, the last with the marker; `timestamp` at 90 kHz. */
  frames(document: string, timestamp: number): Buffer[];
}

const PAYLOAD_TYPE = 98;
const VERSION = 0x80;
const PADDING = 0x20;
const EXTENSION = 0x10;
const MARKER = 0x80;
const FRAME = 4;
const HEADER = 12;
/** RFC 3550 §5.3.1: profile word, length in words, and two words of data. */
const EXTENSION_BLOCK = Buffer.from('abac0002c0ffee00c0ffee01', 'hex');
const PADDING_BLOCK = Buffer.from('00000000000007', 'hex');

export function createPacketizer({ channel, maxPayload, oddities }: PacketizerOptions): Packetizer {
  const ssrc = randomInt(2 ** 32);
  const prefix = headerTail(oddities);
  const suffix = oddities.padding ? PADDING_BLOCK : Buffer.alloc(0);
  const flags =
    VERSION | (oddities.csrc ?? 0) | (oddities.extension ? EXTENSION : 0) | (oddities.padding ? PADDING : 0);
  let sequence = randomInt(2 ** 16);
  let packets = 0;
  let octets = 0;

  function frame(payload: Buffer, marker: boolean, timestamp: number): Buffer {
    const length = HEADER + prefix.length + payload.length + suffix.length;
    const bytes = Buffer.allocUnsafe(FRAME + length);
    bytes[0] = 0x24;
    bytes[1] = channel;
    bytes.writeUInt16BE(length, 2);
    bytes[4] = flags;
    bytes[5] = PAYLOAD_TYPE | (marker ? MARKER : 0);
    bytes.writeUInt16BE(sequence, 6);
    bytes.writeUInt32BE(timestamp >>> 0, 8);
    bytes.writeUInt32BE(ssrc, 12);
    prefix.copy(bytes, FRAME + HEADER);
    payload.copy(bytes, FRAME + HEADER + prefix.length);
    suffix.copy(bytes, FRAME + length - suffix.length);
    count(payload.length);
    return bytes;
  }

  function count(length: number): void {
    packets += 1;
    octets += length;
    const gap = oddities.sequenceGapEvery;
    sequence = (sequence + (gap && packets % gap === 0 ? 2 : 1)) & 0xffff;
  }

  return {
    ssrc,
    frames(document, timestamp) {
      const payloads = split(Buffer.from(document), maxPayload, oddities.packetsPerDocument ?? 1);
      return payloads.map((payload, index) => frame(payload, index === payloads.length - 1, timestamp));
    },
    get sequence() {
      return sequence;
    },
    get packets() {
      return packets;
    },
    get octets() {
      return octets;
    },
  };
}

function headerTail({ csrc = 0, extension }: Oddities): Buffer {
  return Buffer.concat([Buffer.alloc(4 * csrc, 0x11), extension ? EXTENSION_BLOCK : Buffer.alloc(0)]);
}

/** Near-equal parts, at least `least` of them where there are bytes enough, none larger than `max`. */
function split(bytes: Buffer, max: number, least: number): Buffer[] {
  if (least === 1 && bytes.length <= max) return [bytes];
  const size = Math.min(max, Math.max(1, Math.ceil(bytes.length / least)));
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}
