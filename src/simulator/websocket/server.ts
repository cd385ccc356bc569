// The upgrade of an HTTP request to a WebSocket: granted where its answer would be to upgrade, else refused like any.
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Core } from '../core.ts';
import { UPGRADE_REQUIRED } from '../http/http-routes.ts';
import { answer, type Outcome, reply } from '../http/http-server.ts';
import { createWire, type Wire } from '../rtsp/wire.ts';
import { serveStream } from './connection.ts';

const MAX_MESSAGE = 64 * 1024;

type UpgradeListener = (incoming: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Takes the upgrades of one listener; `side` says which login it asks for. */
export function createUpgradeListener(core: Core, side: 'http' | 'https'): UpgradeListener {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE,
  });
  server.on('headers', headers => headers.push(`Date: ${new Date(core.now()).toUTCString()}`));

  function grant(incoming: IncomingMessage, socket: Socket, head: Buffer): void {
    const wire = createWire(socket, core.settings.oddities.chunkBytes ?? 0);
    server.handleUpgrade(incoming, throughWire(socket, wire), head, websocket => {
      const read = serveStream(core, { socket, wire });
      websocket.on('message', bytes => read(bytes.toString()));
      websocket.on('error', () => socket.destroy());
      const { endsAfterMs } = core.settings.websocket;
      if (endsAfterMs === undefined) return;
      socket.once(
        'close',
        core.settings.clock.after(endsAfterMs, () => socket.destroy()),
      );
    });
  }

  return (incoming, stream, head) => {
    const socket = stream as Socket;
    const gone = new AbortController();
    socket.on('error', () => socket.destroy());
    socket.once('close', () => gone.abort());
    answer(core, side, { incoming, gone: gone.signal }).then(
      outcome => {
        if (outcome.status === UPGRADE_REQUIRED) grant(incoming, socket, head);
        else refuse(core, { incoming, socket, outcome });
      },
      () => socket.destroy(),
    );
  };
}

function refuse(
  core: Core,
  { incoming, socket, outcome }: { incoming: IncomingMessage; socket: Socket; outcome: Outcome },
): void {
  const response = new ServerResponse(incoming);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => socket.end());
  reply(core, response, outcome);
}

/** The socket with all that is written going through the wire, so that no pong lands within a frame. */
function throughWire(socket: Socket, wire: Wire): Duplex {
  const stream = new Duplex({
    read: () => undefined,
    write(chunk, _encoding, done) {
      wire.write(chunk);
      done();
    },
    final(done) {
      socket.end();
      done();
    },
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', chunk => stream.push(chunk));
  socket.on('end', () => stream.push(null));
  socket.on('close', () => stream.destroy());
  return stream;
}
