// mqtt/client.cgi: the device's own MQTT client, its state and configuration (AXIS OS 9.80 or later; PROTOCOLS 5.1).
import { fail, isBridgeError } from '../util/errors.ts';
import type { Secret } from '../util/secret.ts';
import type { VapixClient } from './client.ts';
import { callJson, decodeJson, type Fields, fieldsOf, textOf } from './json.ts';

/** The broker in the device's words. */
export interface MqttServer {
  /** `tcp`, `ssl`, `ws` or `wss`. */
  protocol: string;
  host: string;
  port: number;
  /** The path of a WebSocket's URL. */
  basepath: string;
}

export interface MqttClientStatus {
  active: boolean;
  connected: boolean;
  server: MqttServer;
  username: string;
  clientId: string;
  /** deviceTopicPrefix; '' where it does not say one. */
  prefix: string;
  /** The configuration as the device gave it, without any password. */
  config: Fields;
}

interface CallOptions {
  signal?: AbortSignal;
}

const PATH = '/axis-cgi/mqtt/client.cgi';
const PORTS: Readonly<Record<string, number>> = { tcp: 1883, ssl: 8883, ws: 80, wss: 443 };

/** Asks for state and configuration. Rejects with the errors of the client; NOT_FOUND on old devices. */
export async function fetchMqttClient(
  client: VapixClient,
  options: CallOptions = {},
): Promise<MqttClientStatus> {
  return decodeMqttClient(await callJson(client, { path: PATH, method: 'getClientStatus', ...options }));
}

/** Reads the answer; firmware differs in how it writes the states. */
export function decodeMqttClient(text: string): MqttClientStatus {
  const data = decodeJson(text, PATH);
  const status = fieldsOf(data['status']);
  const config = withoutPasswords(fieldsOf(data['config']));
  return {
    active: textOf(status['state']).toLowerCase() === 'active',
    connected: textOf(status['connectionStatus']).toLowerCase() === 'connected',
    server: decodeServer(fieldsOf(config['server'])),
    username: textOf(config['username']),
    clientId: textOf(config['clientId']),
    prefix: textOf(config['deviceTopicPrefix']),
    config,
  };
}

function decodeServer({ protocol, host, port, basepath }: Fields): MqttServer {
  const scheme = textOf(protocol).toLowerCase() || 'tcp';
  return {
    protocol: scheme,
    host: textOf(host),
    port: Number(textOf(port)) || (PORTS[scheme] ?? 0),
    basepath: textOf(basepath),
  };
}

/** The device returns none (documented); what it may return all the same is not kept. */
function withoutPasswords(fields: Fields): Fields {
  const entries = Object.entries(fields).filter(([name]) => !/password/i.test(name));
  return Object.fromEntries(
    entries.map(([name, value]) => [name, isGroup(value) ? withoutPasswords(value) : value]),
  );
}

function isGroup(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets the configuration; without a password the device keeps the one it has. Rejects with the errors of the client. */
export async function configureMqttClient(
  client: VapixClient,
  config: Fields,
  { password, ...options }: CallOptions & { password?: Secret } = {},
): Promise<void> {
  const login = password === undefined ? { keepExistingPassword: true } : { password: password.reveal() };
  const params = { ...config, ...login };
  try {
    decodeJson(await callJson(client, { path: PATH, method: 'configureClient', params, ...options }), PATH);
  } catch (error) {
    const echoed =
      isBridgeError(error) && password !== undefined && error.message.includes(password.reveal());
    throw echoed ? fail(error.code, `${PATH}: its answer repeats the password`) : error;
  }
}

/** Has it connect, now and after each restart where `activateOnReboot` says so. */
export async function activateMqttClient(client: VapixClient, options: CallOptions = {}): Promise<void> {
  decodeJson(await callJson(client, { path: PATH, method: 'activateClient', ...options }), PATH);
}
