// The cameras: `defaults` under each one's own keys, then what is left to fill in, then what is wrong among them.
import type { Secret } from '../util/secret.ts';
import type { PeerTls } from '../util/tls.ts';
import { type Context, readPassword, readPeerTls } from './credentials.ts';
import { defined } from './defined.ts';
import type { Path } from './path.ts';
import type { Report } from './problem.ts';
import { checkBrokerNames } from './routes.ts';
import type { CameraFile, ConfigFile } from './schema/file.ts';
import { ANY, AUTO } from './schema/values.ts';
import type { BrokerConfig, CameraConfig } from './types.ts';

/** A camera's keys with its files read. */
interface Part extends Omit<CameraFile, 'password' | 'passwordFile' | 'tls' | 'onvif'> {
  password?: Secret | undefined;
  tls?: PeerTls | undefined;
  onvif?: { username?: string | undefined; password?: Secret | undefined } | undefined;
}

/** All cameras, complete; one that lacks something is reported and left out. */
export async function resolveCameras(file: ConfigFile, context: Context): Promise<CameraConfig[]> {
  const { report } = context;
  const common = await readPart(file.defaults ?? {}, ['defaults'], context);
  const cameras: CameraConfig[] = [];
  const seen = { ids: new Map<string, number>(), addresses: new Map<string, number>() };
  for (const [index, entry] of file.cameras.entries()) {
    const path = ['cameras', index];
    const own = await readPart(entry, path, context);
    const camera = complete(merge(common, own), path, report);
    if (!camera) continue;
    if (own.tls && !camera.https) report.warn([...path, 'tls'], 'has no effect without `https: true`');
    checkTwins(camera, index, seen, report);
    cameras.push(camera);
  }
  return cameras;
}

/** Reports brokers of `deviceMqtt` that there are not. */
export function checkDeviceMqtt(
  { defaults, cameras }: ConfigFile,
  brokers: readonly BrokerConfig[],
  report: Report,
): void {
  const all = brokers.map(({ name }) => name);
  const check = (part: CameraFile | undefined, path: Path) => {
    const broker = part?.deviceMqtt?.broker;
    if (broker !== undefined) checkBrokerNames(broker, [...path, 'deviceMqtt', 'broker'], { all, report });
  };
  check(defaults, ['defaults']);
  for (const [index, camera] of cameras.entries()) check(camera, ['cameras', index]);
}

async function readPart(entry: CameraFile, path: Path, context: Context): Promise<Part> {
  const { password: _, passwordFile, tls, onvif, ...rest } = entry;
  return {
    ...rest,
    password: await readPassword(entry, path, context),
    tls: tls && (await readPeerTls(tls, [...path, 'tls'], context)),
    onvif: onvif && {
      username: onvif.username,
      password: await readPassword(onvif, [...path, 'onvif'], context),
    },
  };
}

/** Labels and events add up by key; of anything else the camera's own stands for the whole. */
function merge(common: Part, own: Part): Part {
  return {
    ...defined(common),
    ...defined(own),
    labels: { ...common.labels, ...own.labels },
    events: { ...defined(common.events ?? {}), ...defined(own.events ?? {}) },
  };
}

/** What DESIGN 2.2 gives a camera whose file says nothing; ports depend on `https`. */
const DEFAULTS = {
  tls: {},
  source: 'auto',
  poll: [],
  deviceMqtt: {},
  commands: [],
  labels: {},
  allowBasicOverHttp: false,
} as const;
const EVENTS = { include: ['**'], exclude: ['**/xinternal_data', '**/timer'], fields: [] };
const FIELD = { topic: '**', over: 0 };
const POLL = { publish: 'changes' } as const;
const PORTS = { http: { port: 80, rtspPort: 554 }, https: { port: 443, rtspPort: 322 } };

function complete(part: Part, path: Path, report: Report): CameraConfig | undefined {
  const { host, username, password, https = false, onvif, events, poll, deviceMqtt, ...others } = part;
  const { serial = ANY, ...rest } = others;
  const own = serial === ANY ? undefined : serial;
  requireKeys(part, path, report);
  if (host === AUTO && own === undefined)
    report.problem([...path, 'host'], 'auto: the camera is found by its `serial`, which has to be set');
  if (host === undefined || username === undefined || password === undefined) return undefined;
  return {
    ...DEFAULTS,
    ...PORTS[https ? 'https' : 'http'],
    ...defined(rest),
    ...defined({ id: part.id ?? own, serial: own }),
    anySerial: part.serial === ANY,
    host,
    https,
    username,
    password,
    onvif: { username, password, ...defined(onvif ?? {}) },
    events: eventsOf(events ?? {}),
    poll: (poll ?? []).map(entry => ({ ...POLL, ...defined(entry) })),
    deviceMqtt: defined(deviceMqtt ?? {}),
  };
}

function eventsOf({ fields = [], ...events }: NonNullable<Part['events']>): CameraConfig['events'] {
  return { ...EVENTS, ...defined(events), fields: fields.map(rule => ({ ...FIELD, ...defined(rule) })) };
}

const REQUIRED = { host: ['host'], username: ['username'], password: ['password', 'passwordFile'] };

/** Reports each required key that neither the camera nor `defaults` has, unless what stands there is known to be wrong. */
function requireKeys(part: object, path: Path, report: Report): void {
  for (const [key, spellings] of Object.entries(REQUIRED)) {
    const places = spellings.flatMap(spelling => [
      [...path, spelling],
      ['defaults', spelling],
    ]);
    if (Object.hasOwn(part, key) || places.some(report.touches)) continue;
    report.problem([...path, key], 'is required; set it here, or under `defaults` for every camera');
  }
}

type Seen = Record<'ids' | 'addresses', Map<string, number>>;

/** Two of one ID would share their topics; two at one address are probably one, listed twice. */
function checkTwins(camera: CameraConfig, index: number, { ids, addresses }: Seen, report: Report): void {
  const { id } = camera;
  const sameId = id === undefined ? undefined : ids.get(id);
  if (id !== undefined) ids.set(id, sameId ?? index);
  if (sameId !== undefined) {
    const key = camera.id === camera.serial ? 'serial' : 'id';
    report.problem(
      ['cameras', index, key],
      `is that of cameras[${sameId}] too${report.lineOf(['cameras', sameId, key])}; each camera needs its own`,
    );
  }
  const address = `${camera.host.toLowerCase()} ${camera.port}`;
  const sameAddress = addresses.get(address);
  addresses.set(address, sameAddress ?? index);
  if (sameAddress !== undefined && camera.host !== AUTO) {
    report.warn(
      ['cameras', index, 'host'],
      `host and port are those of cameras[${sameAddress}] too${report.lineOf(['cameras', sameAddress, 'host'])}`,
    );
  }
}
