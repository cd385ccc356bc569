// RTCP packets (RFC 3550 §6): only whether the sender says goodbye matters here.

const BYE = 203;

/** Whether a compound packet holds a BYE: the sender has ended the stream. */
export function hasGoodbye(compound: Buffer): boolean {
  for (let at = 0; at + 4 <= compound.length; at += 4 + 4 * compound.readUInt16BE(at + 2)) {
    if (compound[at + 1] === BYE) return true;
  }
  return false;
}
