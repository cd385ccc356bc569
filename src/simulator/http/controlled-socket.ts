// What the controls of a device do to the socket of a stream, whatever the stream speaks.
import type { Socket } from 'node:net';
import type { Connection, Core } from '../core.ts';
import type { Wire } from '../rtsp/wire.ts';

type SocketControls = Pick<Connection, 'gather' | 'stall' | 'deafen' | 'drop'> & {
  /** Writes the first half; the returned function lets the rest follow. */
  half(bytes: Buffer): () => void;
  /** Gives a reader up that leaves too much unread, as a device does with its small memory. */
  bound(): void;
};

export function createSocketControls(core: Core, socket: Socket, wire: Wire): SocketControls {
  const { settings, stats, faults } = core;
  const listen = (on: boolean) => void (on ? socket.resume() : socket.pause());
  return {
    half(bytes) {
      const middle = bytes.length >> 1;
      wire.write(bytes.subarray(0, middle));
      wire.hold();
      wire.write(bytes.subarray(middle));
      return once(wire.release);
    },
    bound() {
      if (wire.unsent <= settings.session.maxUnsentBytes) return;
      stats.overruns += 1;
      socket.destroy();
    },
    gather: wire.gather,
    stall(on) {
      listen(!on && !core.deaf);
      if (on) wire.hold();
      else wire.release();
    },
    deafen: on => listen(!on && !faults.stalled),
    drop: () => void socket.destroy(),
  };
}

/** Adds the connection to the device's as long as its socket is open, in whatever state the device is. */
export function join(core: Core, socket: Socket, connection: Connection): void {
  core.connections.add(connection);
  socket.on('close', () => core.connections.delete(connection));
  if (core.deaf) connection.deafen(true);
  if (core.faults.stalled) connection.stall(true);
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}
