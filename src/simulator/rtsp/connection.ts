// One RTSP connection: its socket, and what the controls of the device can do to it.
import type { Socket } from 'node:net';
import type { Connection, Core } from '../core.ts';
import { createSocketControls, join } from '../http/controlled-socket.ts';
import { createDialogue, type Dialogue } from './dialogue.ts';
import { createWire, type Wire } from './wire.ts';

/** Serves the socket until it closes; the connection enters and leaves `core.connections` by itself. */
export function serveRtsp(core: Core, socket: Socket): void {
  const wire = createWire(socket, core.settings.oddities.chunkBytes ?? 0);
  const dialogue = createDialogue(core, socket, wire);
  socket.setNoDelay(true);
  socket.on('data', dialogue.read);
  socket.on('error', () => socket.destroy());
  socket.on('close', dialogue.end);
  join(core, socket, createConnection(core, socket, { wire, dialogue }));
}

function createConnection(core: Core, socket: Socket, parts: { wire: Wire; dialogue: Dialogue }): Connection {
  const { wire, dialogue } = parts;
  const { half, bound, ...controls } = createSocketControls(core, socket, wire);
  const frames = (document: string) => dialogue.session?.frames(document) ?? [];
  return {
    ...controls,
    get playing() {
      return dialogue.session?.playing === true;
    },
    get blocked() {
      return wire.blocked;
    },
    deliver(messages) {
      dialogue.session?.deliver(messages);
      bound();
    },
    send: shot => dialogue.session?.send(shot) ?? false,
    sendRaw: document => wire.write(...frames(document)),
    garbage: bytes => wire.write(bytes),
    halfPacket: shot => half(Buffer.concat(frames(shot.document()))),
  };
}
