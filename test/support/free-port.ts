// Ports of the loopback for servers that must know theirs beforehand, or come back on the same one.
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';

/** Below what the system gives to clients (RFC 6335 §6): no connection takes it while its server is away. */
const [FROM, TO] = [20_000, 32_000];

/** Test files run as processes of their own, each of which gives only the ports of its block. */
const BLOCK = 200;

let block: Promise<number> | undefined;
let given = 0;

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  block ??= takeBlock();
  const first = await block;
  for (let tries = 1; tries < BLOCK; tries++) {
    given = (given % (BLOCK - 1)) + 1;
    const port = first + given;
    const server = await listenOn(port);
    server?.close();
    if (server !== undefined) return port;
  }
  throw new Error(`no port is free from ${first} on`);
}

/** Listens on the first port of a block for as long as the process lives, so that no other takes the block. */
async function takeBlock(): Promise<number> {
  for (let port = FROM; port < TO; port += BLOCK) {
    const guard = await listenOn(port);
    guard?.unref();
    if (guard !== undefined) return port;
  }
  throw new Error('no block of ports is free');
}

async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return server;
  } catch {
    return undefined;
  }
}

/** Ports for a device that is to come back on the same ones. */
export async function freePorts(): Promise<{ httpPort: number; rtspPort: number }> {
  return { httpPort: await freePort(), rtspPort: await freePort() };
}

/** Whether somebody accepts connections there. */
export async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
