// One RTSP connection: its socket, and what the controls of the device can do to it.
import type { Socket } from 'node:net';
import type { Connection, Core } from './core.ts';
import { createDialogue, type Dialogue } from './rtsp-dialogue.ts';
import { createWire, type Wire } from './wire.ts';

/** Serves the socket until it closes; the connection enters and leaves `core.connections` by itself. */
export function serveRtsp(core: Core, socket: Socket): void {
  const wire = createWire(socket, core.settings.oddities.chunkBytes ?? 0);
  const dialogue = createDialogue(core, socket, wire);
  const connection = createConnection(core, socket, { wire, dialogue });
  core.connections.add(connection);
  socket.setNoDelay(true);
  socket.on('data', dialogue.read);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    dialogue.end();
    core.connections.delete(connection);
  });
  if (core.deaf) connection.deafen(true);
  if (core.faults.stalled) connection.stall(true);
}

function createConnection(core: Core, socket: Socket, parts: { wire: Wire; dialogue: Dialogue }): Connection {
  const { wire, dialogue } = parts;
  const frames = (document: string) => dialogue.session?.frames(document) ?? [];
  return {
    get playing() {
      return dialogue.session?.playing === true;
    },
    get blocked() {
      return wire.blocked;
    },
    deliver(messages) {
      dialogue.session?.deliver(messages);
      bound(core, socket, wire);
    },
    send: shot => dialogue.session?.send(shot) ?? false,
    sendRaw: document => wire.write(...frames(document)),
    garbage: bytes => wire.write(bytes),
    halfPacket(document) {
      const bytes = Buffer.concat(frames(document));
      const half = bytes.length >> 1;
      wire.write(bytes.subarray(0, half));
      wire.hold();
      wire.write(bytes.subarray(half));
      return once(wire.release);
    },
    gather: wire.gather,
    stall(on) {
      listen(socket, !on && !core.deaf);
      if (on) wire.hold();
      else wire.release();
    },
    deafen: on => listen(socket, !on && !core.faults.stalled),
    drop: () => socket.destroy(),
  };
}

function listen(socket: Socket, on: boolean): void {
  if (on) socket.resume();
  else socket.pause();
}

/** Gives a reader up that leaves too much unread, as a device does with its small memory. */
function bound({ settings, stats }: Core, socket: Socket, wire: Wire): void {
  if (wire.unsent <= settings.session.maxUnsentBytes) return;
  stats.overruns += 1;
  socket.destroy();
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}
