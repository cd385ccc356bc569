// Bounds what a peer may send: follows the packets' lengths (MQTT 5 §2.1.4) without reading them.

/**
 * Returns what each chunk of a connection goes through; calls `tooLarge` once when a packet announces more than `max`
 * bytes, before any of it has to be kept. The libraries' parsers hold whatever was announced, up to 256 MiB.
 */
export function createFrameGuard(max: number, tooLarge: () => void): (chunk: Buffer) => void {
  let left = 0;
  // Of the length's next byte; below 0 outside of that field.
  let shift = -1;
  let stopped = false;
  const readHeader = (byte: number) => {
    if (shift < 0) {
      shift = 0;
      return;
    }
    left += (byte & 0x7f) * 2 ** shift;
    shift = byte < 0x80 ? -1 : shift + 7;
    stopped = left > max || shift > 21;
    if (stopped) tooLarge();
  };
  return chunk => {
    let at = 0;
    while (at < chunk.length && !stopped) {
      const body = shift < 0 ? Math.min(left, chunk.length - at) : 0;
      if (body === 0) readHeader(chunk[at] ?? 0);
      left -= body;
      at += Math.max(body, 1);
    }
  };
}
