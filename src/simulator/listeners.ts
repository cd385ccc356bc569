// The listening sockets of a device: open on their ports, and close with everything that came in through them.
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer as createNet, type Server, type Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { fail, fromSystem } from '../util/errors.ts';
import type { Core, Ports } from './core.ts';
import { createHttpListener } from './http/http-server.ts';
import { serveRtsp } from './rtsp/connection.ts';
import { createUpgradeListener } from './websocket/server.ts';

export interface Listeners {
  /** Opens all; after a close again on the ports of the first time. Rejects where a port is taken. */
  open(): Promise<Ports>;
  close(): Promise<void>;
}

interface Plan {
  name: keyof Ports;
  port: number;
  server(): Server;
}

export function createListeners(core: Core): Listeners {
  const plans = planOf(core);
  let running: { server: Server; sockets: Set<Socket> }[] = [];

  async function open(): Promise<Ports> {
    for (const plan of plans) {
      const server = plan.server();
      running.push({ server, sockets: track(server) });
      core.ports[plan.name] = await listen(server, core.settings.host, core.ports[plan.name] ?? plan.port);
    }
    const { httpPort = 0, rtspPort = 0 } = core.ports;
    return { ...core.ports, httpPort, rtspPort };
  }

  async function close(): Promise<void> {
    const closing = running;
    running = [];
    await Promise.all(closing.map(({ server, sockets }) => shut(server, sockets)));
  }

  return {
    async open() {
      try {
        return await open();
      } catch (error) {
        await close();
        throw error;
      }
    },
    close,
  };
}

function planOf(core: Core): Plan[] {
  const { httpPort, rtspPort, tls } = core.settings;
  const rtsp = (socket: Socket) => serveRtsp(core, socket);
  const http = () =>
    createHttp(createHttpListener(core, 'http')).on('upgrade', createUpgradeListener(core, 'http'));
  const plans: Plan[] = [
    { name: 'httpPort', port: httpPort, server: http },
    { name: 'rtspPort', port: rtspPort, server: () => createNet(rtsp) },
  ];
  if (!tls) return plans;
  const https = () =>
    createHttps(tls, createHttpListener(core, 'https')).on('upgrade', createUpgradeListener(core, 'https'));
  return [
    ...plans,
    { name: 'httpsPort', port: tls.httpsPort ?? 0, server: https },
    { name: 'rtspsPort', port: tls.rtspsPort ?? 0, server: () => createTls(tls, rtsp) },
  ];
}

/** The raw sockets, those in the middle of a TLS handshake too. */
function track(server: Server): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', error => reject(fromSystem(error, `simulated device at ${host}:${port}`)));
    server.listen(port, host, () => {
      const address = server.address();
      if (address && typeof address === 'object') resolve(address.port);
      else reject(fail('INTERNAL', `no port at ${host}`));
    });
  });
}

function shut(server: Server, sockets: Set<Socket>): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}
