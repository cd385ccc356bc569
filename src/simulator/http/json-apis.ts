// What the JSON APIs of a simulated device say: identity, readiness, discovery, time (PROTOCOLS 7.1); the counting ones beside it.
import { dynamicOverlay, lightControl, sirenAndLight } from '../actions/json.ts';
import { portActions } from '../actions/ports.ts';
import type { Core } from '../core.ts';
import { mqttClient, mqttEvents } from '../mqtt/apis.ts';
import type { ApiName } from '../options.ts';
import { objectAnalytics, portManagement } from '../poll/json.ts';
import type { JsonApi } from './json-api.ts';

type JsonApiName = Extract<
  ApiName,
  | 'info'
  | 'ready'
  | 'discovery'
  | 'time'
  | 'ports'
  | 'object-analytics'
  | 'mqtt-client'
  | 'mqtt-events'
  | 'siren'
  | 'light'
  | 'overlay'
>;

export const JSON_APIS: Readonly<Record<JsonApiName, (core: Core) => JsonApi>> = {
  info: basicDeviceInfo,
  ready: systemReady,
  discovery: apiDiscovery,
  time: timeService,
  ports,
  'object-analytics': objectAnalytics,
  'mqtt-client': mqttClient,
  'mqtt-events': mqttEvents,
  siren: sirenAndLight,
  light: lightControl,
  overlay: dynamicOverlay,
};

/** The names that apidiscovery gives, with the API of the device that each stands for. */
const DISCOVERED: { api: ApiName; id: string; name: string; version: string }[] = [
  { api: 'discovery', id: 'api-discovery', name: 'API Discovery Service', version: '1.1' },
  { api: 'info', id: 'basic-device-info', name: 'Basic Device Information', version: '1.3' },
  { api: 'ports', id: 'io-port-management', name: 'IO Port Management', version: '1.1' },
  { api: 'param', id: 'param-cgi', name: 'Legacy Parameter Handling', version: '1.0' },
  { api: 'mqtt-client', id: 'mqtt-client', name: 'MQTT Client API', version: '1.6' },
  { api: 'mqtt-events', id: 'event-mqtt-bridge', name: 'Event MQTT bridge', version: '1.1' },
  {
    api: 'websocket',
    id: 'event-streaming-over-websocket',
    name: 'Event streaming over WebSocket',
    version: '1.0',
  },
  { api: 'ready', id: 'systemready', name: 'Systemready', version: '1.4' },
  { api: 'time', id: 'time-service', name: 'Time API', version: '1.0' },
];

const UNRESTRICTED = [
  'Brand',
  'ProdFullName',
  'ProdNbr',
  'ProdShortName',
  'ProdType',
  'ProdVariant',
  'WebURL',
];

function ports(core: Core): JsonApi {
  const { version, methods } = portManagement(core);
  return { version, methods: { ...methods, ...portActions(core) } };
}

function basicDeviceInfo({ settings }: Core): JsonApi {
  const { serial, model, firmware } = settings;
  const all: Record<string, string> = {
    Architecture: 'aarch64',
    Brand: 'AXIS',
    BuildDate: 'Feb 23 2024 22:15',
    HardwareID: '9A2',
    ProdFullName: `AXIS ${model} Network Camera`,
    ProdNbr: model,
    ProdShortName: `AXIS ${model}`,
    ProdType: 'Network Camera',
    ProdVariant: '',
    SerialNumber: serial,
    Soc: 'Axis Artpec-8',
    SocSerialNumber: '0A1B2C3D-4E5F6071',
    Version: firmware,
    WebURL: 'http://www.axis.com',
  };
  const pick = (names: readonly string[]) => Object.fromEntries(names.map(name => [name, all[name]]));
  return {
    version: '1.3',
    methods: {
      getAllProperties: () => ({ propertyList: all }),
      getAllUnrestrictedProperties: () => ({
        propertyList: pick([...UNRESTRICTED, 'SerialNumber', 'Version']),
      }),
      getProperties: ({ propertyList }) =>
        isNames(propertyList) && propertyList.every(name => Object.hasOwn(all, name))
          ? { propertyList: pick(propertyList) }
          : undefined,
      getSupportedVersions: () => ({ apiVersions: ['1.3'] }),
    },
  };
}

function systemReady({ settings, boot }: Core): JsonApi {
  const uptime = String(Math.floor((settings.clock.now() - boot.at) / 1000));
  const later = settings.http.bootId === false ? {} : { uptime, bootid: boot.id };
  return {
    version: '1.4',
    methods: {
      systemready: () => ({ systemready: 'yes', needsetup: 'no', ...later }),
      getSupportedVersions: () => ({ apiVersions: ['1.4'] }),
    },
  };
}

function apiDiscovery({ settings }: Core): JsonApi {
  const docLink = 'https://developer.axis.com/vapix/';
  const there = DISCOVERED.filter(({ api }) => !settings.http.omit?.includes(api));
  const apiList = there.map(({ id, name, version }) => ({ id, version, name, docLink }));
  return {
    version: '1.0',
    methods: {
      getApiList: () => ({ apiList }),
      getSupportedVersions: () => ({ apiVersions: ['1.0'] }),
    },
  };
}

function timeService(core: Core): JsonApi {
  const text = (ms: number) => new Date(ms).toISOString().slice(0, 19);
  const zone = zoneOf(core.settings.http.utcOffsetMinutes ?? 0);
  return {
    version: '1.0',
    methods: {
      getDateTimeInfo: () => ({
        dateTime: `${text(core.now())}Z`,
        dstEnabled: false,
        localDateTime: text(core.localNow()),
        maxSupportedYear: 2037,
        ...zone,
      }),
      getSupportedVersions: () => ({ apiVersions: ['1.0'] }),
    },
  };
}

/** POSIX counts westwards. */
function zoneOf(minutes: number): { posixTimeZone: string; timeZone: string } {
  if (minutes === 0) return { posixTimeZone: 'UTC0', timeZone: 'Etc/UTC' };
  const hours = `${minutes > 0 ? '-' : ''}${Math.floor(Math.abs(minutes) / 60)}`;
  return { posixTimeZone: `LCL${hours}:${Math.abs(minutes) % 60}`, timeZone: '' };
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(name => typeof name === 'string');
}
