// RTCP: the sender report that goes out, and whether what comes in holds a receiver report (RFC 3550 §6.4).

export interface SenderState {
  ssrc: number;
  packets: number;
  octets: number;
}

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
/** Seconds from 1900, NTP's epoch, to 1970. */
const NTP_OFFSET = 2_208_988_800;
/** A source description with an empty list of chunks: it makes the packet compound, as §6.1 wants. */
const SOURCE_DESCRIPTION = Buffer.from('80ca0000', 'hex');

/** One interleaved frame with a compound packet: sender report and source description. `now` in milliseconds. */
export function senderReport(channel: number, state: SenderState, now: number): Buffer {
  const report = Buffer.alloc(28);
  report[0] = 0x80;
  report[1] = SENDER_REPORT;
  report.writeUInt16BE(report.length / 4 - 1, 2);
  report.writeUInt32BE(state.ssrc, 4);
  report.writeUInt32BE((Math.floor(now / 1000) + NTP_OFFSET) % 2 ** 32, 8);
  report.writeUInt32BE(Math.floor(((now % 1000) / 1000) * 2 ** 32), 12);
  report.writeUInt32BE(Math.floor(now * 90) % 2 ** 32, 16);
  report.writeUInt32BE(state.packets % 2 ** 32, 20);
  report.writeUInt32BE(state.octets % 2 ** 32, 24);
  const length = report.length + SOURCE_DESCRIPTION.length;
  return Buffer.concat([
    Buffer.from([0x24, channel, length >> 8, length & 0xff]),
    report,
    SOURCE_DESCRIPTION,
  ]);
}

/** Whether a packet from the client starts with a receiver report, which keeps the session alive. */
export function isReceiverReport(packet: Buffer): boolean {
  return packet.length >= 8 && (packet[0] ?? 0) >> 6 === 2 && packet[1] === RECEIVER_REPORT;
}
