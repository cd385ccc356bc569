// `check` and the bridge agree on every state that a device can be in: whether it is heard, and why not.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import type { Device } from '../../src/simulator/device.ts';
import type { DeviceOptions } from '../../src/simulator/options.ts';
import { createDevice } from '../../src/simulator/simulator.ts';
import { type AvailabilityMessage, availabilityOf, makeSetting } from '../support/bridge-setting.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { need } from '../support/need.ts';

interface State {
  device?: DeviceOptions;
  /** What is done to the device. */
  prepare?(device: Device): void;
  /** Keys of the camera over those that fit the device. */
  camera?: Record<string, unknown>;
  /** Why it is not heard, by the bridge and by `check`. */
  lost?: string;
  /** What it lacks though it is heard. */
  lacks?: string;
}

/** A port where nothing listens. */
const CLOSED = await freePort();
const PLAIN_RTSP = { rtspPort: CLOSED };
const both = (status: number) => (device: Device) => {
  device.refuseRtsp(status);
  device.refuseHttp(status);
};

const STATES: Readonly<Record<string, State>> = {
  'a device in order': {},
  'in order, by RTSP': { camera: { source: 'rtsp' } },
  'in order, by WebSocket, its RTSP port closed': { camera: { source: 'websocket', ...PLAIN_RTSP } },
  'in order, by a pull point, its RTSP port closed': { camera: { source: 'pullpoint', ...PLAIN_RTSP } },
  'its RTSP port closed': { camera: PLAIN_RTSP },
  'its RTSP port closed, and only that is wanted': {
    camera: { source: 'rtsp', ...PLAIN_RTSP },
    lost: 'UNREACHABLE',
  },
  'without WebSocket': { device: { http: { omit: ['websocket'] } } },
  'without WebSocket, and only that is wanted': {
    device: { http: { omit: ['websocket'] } },
    camera: { source: 'websocket' },
    lost: 'NOT_FOUND',
  },
  'a wrong password': { camera: { password: 'wrong' }, lost: 'AUTH' },
  'a wrong password, its RTSP port closed': { camera: { password: 'wrong', ...PLAIN_RTSP }, lost: 'AUTH' },
  'a wrong ONVIF password, and only a pull point is wanted': {
    camera: { source: 'pullpoint', onvif: { username: 'root', password: 'wrong' } },
    lost: 'AUTH',
  },
  'an account without rights': { prepare: both(403), lost: 'FORBIDDEN' },
  'HTTP refused to the account': { prepare: device => device.refuseHttp(403), lacks: 'NO_DECLARATIONS' },
  'its declarations refused': { device: { http: { refuseDeclarations: true } }, lacks: 'NO_DECLARATIONS' },
  'no room for one more client': { prepare: both(503), lost: 'BUSY' },
  'it redirects, and its RTSP port is closed': {
    device: { http: { redirect: 'https://192.0.2.1' } },
    camera: PLAIN_RTSP,
    lost: 'REDIRECT',
  },
  'only Basic over http, its RTSP port closed': {
    device: { auth: { http: { schemes: ['basic'] } }, http: { anonymousInfo: false } },
    camera: PLAIN_RTSP,
    lost: 'INSECURE',
  },
  'another device than the file says': { camera: { serial: 'ACCC8E0000FF' }, lost: 'WRONG_DEVICE' },
  'its clock a day ahead': { prepare: device => device.clockJump(86_400_000), lacks: 'CLOCK' },
  'patterns that match nothing': { camera: { events: { include: ['tns1:Nothing/**'] } }, lacks: 'NO_EVENTS' },
  'a name that does not resolve': { camera: { host: 'nobody.invalid' }, lost: 'ADDRESS' },
  'nobody there': { camera: { port: CLOSED, ...PLAIN_RTSP }, lost: 'UNREACHABLE' },
};

/** States that need another peer than a simulated device with its own ports. */
async function peers(t: TestContext, { ca, server }: Certificates): Promise<Record<string, State>> {
  const tls = { key: server.key.text, cert: server.cert.text };
  const secure = createDevice({ tls });
  t.after(() => secure.stop());
  const { httpPort, rtspPort, httpsPort = 0, rtspsPort = 0 } = await secure.start();
  const plain = { source: 'auto', host: '127.0.0.1' };
  const website = createServer((_, response) => response.writeHead(404).end('<html>nothing here</html>'));
  await new Promise<void>(resolve => website.listen(0, '127.0.0.1', resolve));
  t.after(() => website.close());
  const address = website.address();
  const webPort = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    'by TLS': {
      camera: { ...plain, https: true, port: httpsPort, rtspPort: rtspsPort, tls: { ca: ca.file } },
    },
    'a certificate of nobody': {
      camera: { ...plain, https: true, port: httpsPort, rtspPort: rtspsPort },
      lost: 'TLS',
    },
    'TLS to plain ports': { camera: { ...plain, https: true, port: httpPort, rtspPort }, lost: 'TLS' },
    'no TLS to ports of TLS': { camera: { ...plain, port: httpsPort, rtspPort: rtspsPort }, lost: 'TLS' },
    'no TLS to a port of TLS, its RTSP port closed': {
      camera: { ...plain, port: httpsPort, ...PLAIN_RTSP },
      lost: 'TLS',
    },
    'a web server of another kind': { camera: { ...plain, port: webPort, ...PLAIN_RTSP }, lost: 'NOT_FOUND' },
  };
}

interface Finding {
  name: string;
  warnings: string[];
  failed?: { code: string };
}

describe('check and the bridge agree', { ...need('mosquitto'), timeout: 240_000 }, () => {
  test('on every state of a device', async t => {
    const setting = await makeSetting(t);
    const states = Object.entries({ ...STATES, ...(await peers(t, makeCertificates(t))) });
    const cameras: Record<string, unknown>[] = [];
    for (const [index, [, { device: options = {}, prepare, camera }]] of states.entries()) {
      const device = createDevice({ serial: `ACCC8E0001${String(index).padStart(2, '0')}`, ...options });
      t.after(() => device.stop());
      const { httpPort, rtspPort } = await device.start();
      prepare?.(device);
      const login = { username: 'root', password: 'pass' };
      const own = { host: '127.0.0.1', port: httpPort, rtspPort, source: 'auto', ...login };
      cameras.push({ id: `c${index}`, ...own, ...camera });
    }
    setting.program.configure({ ...setting.config, cameras });
    const check = setting.program.start(['check', '--json', '--config', setting.program.file]);
    await check.ended();
    const { findings } = JSON.parse(check.stdout) as { findings: Finding[] };
    setting.program.start();
    const last = (id: string): AvailabilityMessage | undefined =>
      availabilityOf(setting.subscriber.received, id).at(-1);
    const seen: unknown[] = [];
    const wanted: unknown[] = [];
    for (const [index, [what, { lost, lacks }]] of states.entries()) {
      const id = `c${index}`;
      const told = await eventually(what, () => {
        const now = last(id);
        return now?.reason === 'STARTING' ? undefined : now;
      });
      const found = findings.find(({ name }) => name === id);
      const warned = found?.warnings.some(warning => warning.startsWith(`${lacks}: `));
      seen.push([what, told.state, told.reason, found?.failed?.code, lacks && warned]);
      const state = lost ? 'offline' : lacks ? 'degraded' : 'online';
      wanted.push([what, state, lost ?? lacks, lost, lacks && true]);
    }
    assert.deepEqual(seen, wanted);
  });
});
