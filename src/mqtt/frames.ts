// What a peer sends, cut at its packets (MQTT 5 §2.1): each is passed on, answered here, passed over, or too large.

/** An acknowledgement of a publish of ours. */
export interface Ack {
  cmd: string;
  messageId?: number | undefined;
  reasonCode?: number | undefined;
}

/** A message past the bound, of which all but this was passed over. */
export interface Oversize {
  topic: string;
  qos: number;
  /** 0 at QoS 0. */
  packetId: number;
  bytes: number;
}

export interface FramesOptions {
  /** Bytes of a packet, without its first bytes up to the length. The libraries' parsers hold what is announced, up to 256 MiB. */
  max: number;
  /** Called once, at a packet past that which is not passed over, or a length that is none; all after that is ignored. */
  tooLarge(): void;
  /** Gets all that is neither answered nor passed over, in order. */
  pass?(bytes: Buffer): void;
}

interface Header {
  first: number;
  /** Where the packet begins, and what follows its length. */
  at: number;
  body: number;
  length: number;
}

const EMPTY = Buffer.alloc(0);
const PUBLISH = 0x30;
const ACKS: ReadonlyMap<number, string> = new Map([
  [0x40, 'puback'],
  [0x50, 'pubrec'],
  [0x70, 'pubcomp'],
]);
/** Longer ones, which give a reason in words, are the library's. */
const ACK_MAX = 127;
const LENGTH_MAX = 4;

export class Frames {
  /** Whether an acknowledgement answers something that was sent; one that does is not passed on. */
  acknowledge: (ack: Ack) => boolean = () => false;
  /** Takes what is known of a message past the bound, once the rest of it has gone by. */
  passOver: ((message: Oversize) => void) | undefined;
  readonly #max: number;
  readonly #tooLarge: () => void;
  readonly #pass: (bytes: Buffer) => void;
  /** The beginning of a packet of which too little has come. */
  #rest = EMPTY;
  /** Bytes that are still to come of the packet under way, and whether they are passed on. */
  #left = 0;
  #isPassed = true;
  #oversize: Oversize | undefined;
  #isOver = false;

  constructor({ max, tooLarge, pass = () => {} }: FramesOptions) {
    this.#max = max;
    this.#tooLarge = tooLarge;
    this.#pass = pass;
  }

  /** Takes what came, however it is cut. */
  take(chunk: Buffer): void {
    if (this.#isOver) return;
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = EMPTY;
    let at = 0;
    // Of what is to be passed on, where it begins.
    let from = 0;
    while (at < bytes.length && !this.#isOver) {
      const size = this.#left > 0 ? this.#goOn(bytes.length - at) : this.#begin(bytes, at);
      if (size === 0) break;
      if (!this.#isPassed) {
        this.#passOn(bytes, from, at);
        from = at + size;
      }
      at += size;
      if (this.#left === 0) this.#end();
    }
    this.#passOn(bytes, from, at);
    // A copy: the chunk may be large.
    if (at < bytes.length) this.#rest = Buffer.from(bytes.subarray(at));
  }

  #passOn(bytes: Buffer, from: number, to: number): void {
    if (to > from) this.#pass(bytes.subarray(from, to));
  }

  #goOn(there: number): number {
    const size = Math.min(this.#left, there);
    this.#left -= size;
    return size;
  }

  #end(): void {
    const oversize = this.#oversize;
    this.#oversize = undefined;
    if (oversize !== undefined) this.passOver?.(oversize);
  }

  /** Judges a packet; gives how much of it is dealt with by that, 0 where too little of it has come. */
  #begin(bytes: Buffer, at: number): number {
    const first = bytes[at] ?? 0;
    let length = 0;
    let body = at + 1;
    for (let byte = 0x80; byte >= 0x80; body++) {
      const next = bytes[body];
      if (next === undefined) return 0;
      if (body - at > LENGTH_MAX) return this.#stop();
      byte = next;
      length += (byte & 0x7f) * 128 ** (body - at - 1);
    }
    if (length > this.#max) return this.#beginOversize(bytes, { first, at, body, length });
    const cmd = length >= 2 && length <= ACK_MAX ? ACKS.get(first) : undefined;
    if (cmd !== undefined) {
      if (body + length > bytes.length) return 0;
      const reasonCode = length > 2 ? bytes[body + 2] : 0;
      this.#isPassed = !this.acknowledge({ cmd, messageId: bytes.readUInt16BE(body), reasonCode });
      return body + length - at;
    }
    this.#isPassed = true;
    this.#left = length;
    return body - at;
  }

  #beginOversize(bytes: Buffer, { first, at, body, length }: Header): number {
    if ((first & 0xf0) !== PUBLISH || this.passOver === undefined) return this.#stop();
    if (body + 2 > bytes.length) return 0;
    const topic = bytes.readUInt16BE(body);
    const qos = (first >> 1) & 3;
    const end = body + 2 + topic + (qos > 0 ? 2 : 0);
    if (end > bytes.length) return 0;
    this.#oversize = {
      topic: bytes.toString('utf8', body + 2, body + 2 + topic),
      qos,
      packetId: qos > 0 ? bytes.readUInt16BE(end - 2) : 0,
      bytes: length,
    };
    this.#isPassed = false;
    this.#left = length - (end - body);
    return end - at;
  }

  #stop(): number {
    this.#isOver = true;
    this.#tooLarge();
    return 0;
  }
}
