// Requests and interleaved frames out of the bytes that an RTSP client sends (RFC 2326 §6, §10.12).

export interface RtspRequest {
  method: string;
  url: string;
  version: string;
  /** By lower-case name. */
  headers: ReadonlyMap<string, string>;
}

export interface RtspInput {
  onRequest(request: RtspRequest): void;
  /** An interleaved packet, such as a receiver report. */
  onPacket(packet: Buffer): void;
  /** What came is no RTSP; nothing is read after it. */
  onNonsense(): void;
}

const MAX_HEAD = 64 * 1024;
const MAX_BODY = 64 * 1024;
const NOTHING = Buffer.alloc(0);

/** Takes the bytes as they come, cut anywhere. */
export function createRequestParser(input: RtspInput): (chunk: Buffer) => void {
  let pending: Buffer = NOTHING;
  let dead = false;
  return chunk => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (!dead && pending.length > 0) {
      const taken = pending[0] === 0x24 ? takePacket(pending, input) : takeRequest(pending, input);
      dead = taken < 0;
      if (taken <= 0) break;
      pending = pending.length === taken ? NOTHING : pending.subarray(taken);
    }
  };
}

/** The bytes taken: 0 where more is needed. */
function takePacket(bytes: Buffer, input: RtspInput): number {
  if (bytes.length < 4) return 0;
  const end = 4 + bytes.readUInt16BE(2);
  if (bytes.length < end) return 0;
  input.onPacket(bytes.subarray(4, end));
  return end;
}

/** The bytes taken: 0 where more is needed, -1 where it is nonsense. */
function takeRequest(bytes: Buffer, input: RtspInput): number {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0 && bytes.length <= MAX_HEAD) return 0;
  const request = end < 0 ? undefined : parseHead(bytes.toString('latin1', 0, end));
  const length = Number(request?.headers.get('content-length') ?? 0);
  if (!request || !(length >= 0 && length <= MAX_BODY)) {
    input.onNonsense();
    return -1;
  }
  const total = end + 4 + length;
  if (bytes.length < total) return 0;
  input.onRequest(request);
  return total;
}

function parseHead(text: string): RtspRequest | undefined {
  const [first = '', ...lines] = text.replace(/^(\r\n)+/, '').split('\r\n');
  const [, method = '', url = '', version = ''] = /^([A-Z_]+) (\S+) (RTSP\/\d\.\d)$/.exec(first) ?? [];
  if (method === '') return undefined;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) return undefined;
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return { method, url, version, headers };
}
