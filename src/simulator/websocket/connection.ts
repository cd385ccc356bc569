// One WebSocket of the event stream: its messages, and what the controls of the device can do to it.
import type { Socket } from 'node:net';
import type { Core } from '../core.ts';
import { createSocketControls, join } from '../http/controlled-socket.ts';
import type { Wire } from '../rtsp/wire.ts';
import { createStreamDialogue } from './dialogue.ts';

export interface StreamSocket {
  socket: Socket;
  /** What leaves through the socket. */
  wire: Wire;
}

/** Serves a socket that speaks WebSocket from here on; returns what takes the client's messages. */
export function serveStream(core: Core, { socket, wire }: StreamSocket): (text: string) => void {
  const say = (text: string | Buffer) => wire.write(textFrame(text));
  const dialogue = createStreamDialogue(core, say);
  const { bound, half, ...controls } = createSocketControls(core, socket, wire);
  join(core, socket, {
    ...controls,
    get playing() {
      return dialogue.playing;
    },
    get blocked() {
      return wire.blocked;
    },
    deliver(messages) {
      dialogue.deliver(messages);
      bound();
    },
    send: dialogue.send,
    sendRaw: say,
    garbage: say,
    halfPacket: shot => half(Buffer.concat(dialogue.texts(shot.message()).map(textFrame))),
  });
  return dialogue.read;
}

/** An unmasked frame with a whole text (RFC 6455 §5.2). */
function textFrame(text: string | Buffer): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.from([0x81, length]), payload]);
  const head = Buffer.alloc(length < 0x10000 ? 4 : 10);
  head[0] = 0x81;
  head[1] = length < 0x10000 ? 126 : 127;
  if (length < 0x10000) head.writeUInt16BE(length, 2);
  else head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}
