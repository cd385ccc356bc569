// A device's HTTP side for tests: a real server on loopback that keeps what it was asked, with a login of its own.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { secret } from '../../src/util/secret.ts';
import type { DeviceAddress } from '../../src/vapix/address.ts';

export const PASSWORD = 'canary-p4ss';

export interface Seen {
  method: string;
  url: string;
  authorization: string | undefined;
  contentType: string | undefined;
  body: string;
}

export type Answer = (request: Seen, response: ServerResponse, message: IncomingMessage) => void;

export interface HttpDevice {
  address: DeviceAddress;
  seen: Seen[];
  /** Connections that are open now. */
  connections(): Promise<number>;
  /** The most connections that were open at a time. */
  peak(): number;
}

/** Starts it on 127.0.0.1; it ends with the test. */
export async function startHttpDevice(
  t: TestContext,
  answer: Answer,
  tls?: { cert: string; key: string },
): Promise<HttpDevice> {
  const seen: Seen[] = [];
  const handle = (message: IncomingMessage, response: ServerResponse) => {
    let body = '';
    message.on('data', data => {
      body += data;
    });
    message.on('end', () => {
      const { method = '', url = '', headers } = message;
      const request = {
        method,
        url,
        authorization: headers.authorization,
        contentType: headers['content-type'],
        body,
      };
      seen.push(request);
      answer(request, response, message);
    });
  };
  const server = tls ? createTlsServer(tls, handle) : createServer(handle);
  const peak = countPeak(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = addressOf((server.address() as AddressInfo).port, { https: tls !== undefined });
  return { address, seen, connections: () => countConnections(server), peak };
}

export function addressOf(port: number, changes: Partial<DeviceAddress> = {}): DeviceAddress {
  return {
    host: '127.0.0.1',
    port,
    rtspPort: 554,
    https: false,
    username: 'root',
    password: secret(PASSWORD),
    onvif: { username: 'root', password: secret(PASSWORD) },
    allowBasicOverHttp: false,
    tls: {},
    ...changes,
  };
}

/** Says 401 until a request bears the right Digest answer (RFC 2069) to one of its nonces, then answers by `answer`. */
export function protectedBy(password: string, answer: Answer): Answer {
  let nonces = 0;
  return (request, response, message) => {
    if (isRight(request, password)) return answer(request, response, message);
    nonces += 1;
    const challenge = `Digest realm="AXIS_ACCC8E012345", nonce="nonce-${nonces}", stale=false`;
    response.writeHead(401, { 'www-authenticate': challenge }).end('<h1>401</h1>');
  };
}

function isRight({ method, url, authorization = '' }: Seen, password: string): boolean {
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const nonce = / nonce="([^"]*)"/.exec(authorization)?.[1];
  const expected = md5(`${md5(`root:AXIS_ACCC8E012345:${password}`)}:${nonce}:${md5(`${method}:${url}`)}`);
  return authorization.includes(`uri="${url}"`) && authorization.includes(`response="${expected}"`);
}

function countPeak(server: Server): () => number {
  let open = 0;
  let peak = 0;
  server.on('connection', socket => {
    open += 1;
    peak = Math.max(peak, open);
    socket.on('close', () => {
      open -= 1;
    });
  });
  return () => peak;
}

function countConnections(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}
