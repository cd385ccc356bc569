// A TCP proxy on the loopback that can cut, stall and reset what goes through it.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface TcpProxy {
  port: number;
  /** Connections so far. */
  connections(): number;
  /** Ends every connection with RST. */
  reset(): void;
  /** Nothing goes through any more in either direction, and nobody is told. */
  stall(): void;
  /** Hides from each side that the other one is gone: `toTarget` ends, the client's half stays open. */
  halfOpen(): void;
  /** From now on what new connections say takes so long (ms), in either direction. */
  delay(ms: number): void;
  /** From now on new connections get what comes from the target byte by byte. */
  trickle(): void;
  /** Refuses new connections, or takes them again. */
  refuse(on: boolean): void;
}

/** Starts one in front of a port of the loopback; it ends with the test. */
export async function startProxy(t: TestContext, target: number): Promise<TcpProxy> {
  const pairs = new Set<[Socket, Socket]>();
  const sockets = new Set<Socket>();
  let count = 0;
  let refusing = false;
  let trickling = false;
  let delayMs = 0;
  const server = createServer(client => {
    count += 1;
    if (refusing) return void client.resetAndDestroy();
    const upstream = connect(target, '127.0.0.1');
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    client.setNoDelay(true);
    if (delayMs > 0) {
      relayLate(client, upstream, delayMs);
      relayLate(upstream, client, delayMs);
    } else {
      client.pipe(upstream);
      if (trickling) upstream.on('data', chunk => trickle(chunk, client));
      else upstream.pipe(client);
    }
    for (const socket of pair) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        pairs.delete(pair);
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    connections: () => count,
    reset() {
      for (const [client, upstream] of pairs) {
        client.resetAndDestroy();
        upstream.destroy();
      }
    },
    stall() {
      for (const [client, upstream] of pairs) {
        client.unpipe(upstream).pause();
        upstream.unpipe(client).pause();
      }
    },
    halfOpen() {
      for (const [client, upstream] of pairs) {
        upstream.unpipe(client);
        client.unpipe(upstream).resume();
        upstream.destroy();
      }
    },
    delay(ms) {
      delayMs = ms;
    },
    trickle() {
      trickling = true;
    },
    refuse(on) {
      refusing = on;
    },
  };
}

function relayLate(from: Socket, to: Socket, ms: number): void {
  from.on('data', chunk => void setTimeout(() => to.write(chunk), ms));
  from.on('close', () => void setTimeout(() => to.destroy(), ms));
}

function trickle(chunk: Buffer, to: Socket): void {
  for (const byte of chunk) to.write(Buffer.of(byte));
}
