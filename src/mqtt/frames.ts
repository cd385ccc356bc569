// Bounds what a peer may send: follows the packets' lengths (MQTT 5 §2.1.4) without reading them.

/**
 * Returns what each chunk of a connection goes through; calls `tooLarge` once when a packet announces more than `max`
 * bytes, before any of it has to be kept. The libraries' parsers hold whatever was announced, up to 256 MiB.
 */
export function createFrameGuard(max: number, tooLarge: () => void): (chunk: Buffer) => void {
  let left = 0;
  let field: 'type' | 'length' | 'body' = 'type';
  let shift = 0;
  let stopped = false;
  const readLength = (byte: number) => {
    left += (byte & 0x7f) * 2 ** shift;
    shift += 7;
    if (byte < 0x80) field = left > 0 ? 'body' : 'type';
    stopped = left > max || shift > 28;
  };
  return chunk => {
    for (let at = 0; at < chunk.length && !stopped; ) {
      if (field === 'body') {
        const step = Math.min(left, chunk.length - at);
        left -= step;
        at += step;
        if (left === 0) field = 'type';
      } else if (field === 'type') {
        field = 'length';
        shift = 0;
        left = 0;
        at += 1;
      } else {
        readLength(chunk[at] ?? 0);
        at += 1;
        if (stopped) tooLarge();
      }
    }
  };
}
