// Ports of the loopback for servers that must know theirs beforehand, or come back on the same one.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Below what the system gives to clients (RFC 6335 §6): no connection takes it while its server is away. */
const [FROM, TO] = [20_000, 32_000];

/** Test files run as processes of their own: each begins in another place, and gives no port twice. */
let last = FROM + (process.pid % 120) * 100;

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    last = last + 1 < TO ? last + 1 : FROM;
    const port = last;
    const server = createServer();
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening');
      return port;
    } catch {
      // Taken: another.
    } finally {
      server.close();
    }
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
