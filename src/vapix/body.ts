// The body of an HTTP answer: its bytes, decompressed, held in one piece however it comes.
import { type Readable, type Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createUnzip } from 'node:zlib';
import { type BridgeError, fail, isBridgeError } from '../util/errors.ts';

export interface BodyOptions {
  /** Its Content-Encoding. */
  encoding: string | undefined;
  /** The most that is read, decompressed. */
  maxBytes: number;
  /** For errors. */
  who: string;
}

/** The encodings that are read (RFC 9110 §8.4.1); Node tells them apart by their first bytes. */
const COMPRESSED = new Set(['gzip', 'x-gzip', 'deflate']);
/** More pieces are a device that keeps us busy with crumbs. */
const MAX_PIECES = 100_000;
const FIRST_ROOM = 16 * 1024;

/** Rejects with TOO_LARGE, PROTOCOL where it cannot be decompressed, or STALLED where it breaks off. */
export async function readBody(body: Readable, options: BodyOptions): Promise<Buffer> {
  try {
    const collector = new Collector(options);
    await pipeline([body, ...decodersOf(options), collector]);
    return collector.bytes;
  } catch (error) {
    throw translate(error, options.who);
  } finally {
    body.destroy();
  }
}

function decodersOf({ encoding = 'identity', who }: BodyOptions): Transform[] {
  const name = encoding.trim().toLowerCase();
  if (name === 'identity' || name === '') return [];
  if (COMPRESSED.has(name)) return [createUnzip()];
  const shown = JSON.stringify(name.slice(0, 40));
  throw fail('PROTOCOL', `${who}: its answer is encoded as ${shown}, which was not asked for`);
}

/** Copies each piece as it comes: an object for every crumb would take a hundred times its bytes. */
class Collector extends Writable {
  readonly #options: BodyOptions;
  #held: Buffer;
  #length = 0;
  #pieces = 0;

  constructor(options: BodyOptions) {
    super();
    this.#options = options;
    this.#held = Buffer.allocUnsafe(Math.min(FIRST_ROOM, options.maxBytes));
  }

  get bytes(): Buffer {
    return this.#held.subarray(0, this.#length);
  }

  override _write(piece: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#pieces += 1;
    const excess = this.#excess(this.#length + piece.length);
    if (excess === undefined) this.#take(piece);
    done(excess);
  }

  #excess(length: number): BridgeError | undefined {
    const { maxBytes, who } = this.#options;
    if (length > maxBytes) return fail('TOO_LARGE', `${who}: an answer of more than ${maxBytes} bytes`);
    const many = this.#pieces > MAX_PIECES;
    return many ? fail('TOO_LARGE', `${who}: an answer of more than ${MAX_PIECES} pieces`) : undefined;
  }

  #take(piece: Buffer): void {
    const end = this.#length + piece.length;
    if (end > this.#held.length) {
      const room = Math.min(Math.max(end, 2 * this.#held.length), this.#options.maxBytes);
      this.#held = Buffer.concat([this.#held], room);
    }
    piece.copy(this.#held, this.#length);
    this.#length = end;
  }
}

function translate(error: unknown, who: string): BridgeError {
  if (isBridgeError(error)) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('Z_')) return fail('PROTOCOL', `${who}: its compressed answer is damaged`);
  return fail('STALLED', `${who}: it closed the connection within its answer`);
}
