// RTP packets (RFC 3550 §5.1) to the documents that they carry.

export interface RtpPacket {
  /** Set on the packet that closes a document. */
  marker: boolean;
  sequence: number;
  ssrc: number;
  payload: Buffer;
}

/** Takes an RTP packet apart without copying; undefined where it is none, or shorter than its own header says. */
export function readRtp(packet: Buffer): RtpPacket | undefined {
  if (packet.length < 12) return undefined;
  const first = packet.readUInt8(0);
  if (first >> 6 !== 2) return undefined;
  const second = packet.readUInt8(1);
  let start = 12 + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    if (packet.length < start + 4) return undefined;
    start += 4 + 4 * packet.readUInt16BE(start + 2);
  }
  const padding = (first & 0x20) === 0 ? 0 : packet.readUInt8(packet.length - 1);
  const end = packet.length - padding;
  if (end < start) return undefined;
  return {
    marker: (second & 0x80) !== 0,
    sequence: packet.readUInt16BE(2),
    ssrc: packet.readUInt32BE(8),
    payload: packet.subarray(start, end),
  };
}

export interface AssemblerOptions {
  /** The largest document that is put together. */
  maxBytes: number;
  /** A whole document; where one packet is a document this is the packet's own memory. */
  onDocument(document: Buffer): void;
  /** Packets are missing: what arrives up to the next end of a document is discarded. */
  onGap(): void;
  /** A document was larger than `maxBytes`, or came in absurdly many packets, and is discarded past this much of it. */
  onTooLarge(beginning: Buffer): void;
}

/** More packets a document are no document's: each one costs more to keep than it carries. */
const MAX_PACKETS = 2048;

export interface Assembler {
  push(packet: RtpPacket): void;
  /** Whether the beginning of a document waits for its end. */
  isWaiting(): boolean;
}

/** Joins the payloads of one stream's packets to documents (PROTOCOLS 1.6). Keeps nothing between documents. */
export function createAssembler({ maxBytes, onDocument, onGap, onTooLarge }: AssemblerOptions): Assembler {
  let ssrc: number | undefined;
  let expected = -1;
  let parts: Buffer[] = [];
  let size = 0;
  let discarding = false;

  const drop = () => {
    parts = [];
    size = 0;
    discarding = true;
  };

  const follow = (packet: RtpPacket) => {
    const missing = packet.ssrc === ssrc ? packet.sequence !== expected : size > 0;
    if (missing) {
      drop();
      onGap();
    }
    ssrc = packet.ssrc;
    expected = (packet.sequence + 1) & 0xffff;
  };

  const finish = (payload: Buffer) => {
    const document = parts.length === 0 ? payload : Buffer.concat([...parts, payload]);
    parts = [];
    size = 0;
    if (document.length > 0) onDocument(document);
  };

  return {
    isWaiting: () => size > 0,
    push(packet) {
      follow(packet);
      if (!discarding && (size + packet.payload.length > maxBytes || parts.length === MAX_PACKETS)) {
        const beginning = Buffer.concat(parts);
        drop();
        onTooLarge(beginning);
      }
      if (!packet.marker) {
        if (discarding) return;
        parts.push(Buffer.from(packet.payload));
        size += packet.payload.length;
      } else if (discarding) {
        discarding = false;
      } else {
        finish(packet.payload);
      }
    },
  };
}
