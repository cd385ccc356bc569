// The brokers, complete, and what is wrong with each or among them.

import { type Secret, secret } from '../util/secret.ts';
import { isEmbedded, isLoopback } from './address.ts';
import { type Context, readBrokerTls, readPassword } from './credentials.ts';
import { defined } from './defined.ts';
import type { Path } from './path.ts';
import type { Report } from './problem.ts';
import type { BrokerFile, ConfigFile } from './schema/file.ts';
import type { BrokerConfig } from './types.ts';

const DEFAULT: [string, BrokerFile][] = [['main', { url: 'embedded://127.0.0.1:1883' }]];
const QUEUE = { maxBytes: 2 ** 30, maxAge: 7 * 86_400_000 };

/** All brokers of the file; where it names none, an embedded one for this machine alone. */
export async function resolveBrokers(
  file: ConfigFile,
  bridgeId: string,
  context: Context,
): Promise<BrokerConfig[]> {
  const entries = Object.entries(file.brokers ?? {});
  const brokers: BrokerConfig[] = [];
  for (const [name, entry] of entries.length > 0 ? entries : DEFAULT) {
    const path = ['brokers', name];
    const broker = await complete(name, entry, bridgeId, context);
    if (broker.embedded) checkEmbedded(broker, entry, path, context.report);
    else checkRemote(broker, entry, path, context.report);
    brokers.push(broker);
  }
  checkClientIds(brokers, context.report);
  return brokers;
}

async function complete(
  name: string,
  entry: BrokerFile,
  bridgeId: string,
  context: Context,
): Promise<BrokerConfig> {
  const { url, username, queue = {} } = entry;
  const urls = Array.isArray(url) ? url : [url];
  const path = ['brokers', name];
  const password = await readPassword(entry, path, context);
  return {
    name,
    urls,
    embedded: urls.some(isEmbedded),
    ...defined({ username, password }),
    clientId: entry.clientId ?? `axis2mqtt-${bridgeId}`,
    protocolVersion: entry.protocolVersion ?? 'auto',
    tls: await readBrokerTls(entry.tls ?? {}, [...path, 'tls'], context),
    headers: secrets(entry.headers ?? {}),
    queue: { ...QUEUE, ...defined(queue) },
  };
}

function secrets(texts: Readonly<Record<string, string>>): Record<string, Secret> {
  return Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, secret(value)]));
}

function checkEmbedded(broker: BrokerConfig, entry: BrokerFile, path: Path, report: Report): void {
  const { urls, username, password, protocolVersion } = broker;
  const login = username !== undefined && password !== undefined;
  if (urls.length > 1) report.problem([...path, 'url'], 'an embedded broker stands alone, not in a list');
  else if (!urls.every(isLoopback) && !login && !entry.insecure && !report.touches([...path, 'password'])) {
    const message = 'anybody on the network could use it: set `username` and `password`, or `insecure: true`';
    report.problem([...path, 'url'], message);
  }
  if (!login && (username !== undefined || password !== undefined)) {
    report.problem(path, 'needs `username` and `password` together');
  }
  if (protocolVersion === 5)
    report.problem([...path, 'protocolVersion'], 'the embedded broker speaks 4 (MQTT 3.1.1)');
  if (entry.tls) report.problem([...path, 'tls'], 'the embedded broker does no TLS');
}

function checkRemote(broker: BrokerConfig, entry: BrokerFile, path: Path, report: Report): void {
  const { urls, username, password } = broker;
  // MQTT 3.1.1 §3.1.2.9: no password without a user name.
  if (password && username === undefined && !report.touches([...path, 'username'])) {
    report.problem([...path, 'username'], 'is required beside a password');
  }
  if (entry.insecure !== undefined) {
    report.problem([...path, 'insecure'], 'is for the embedded broker', { suggestion: 'tls.insecure' });
  }
  if (entry.tls && !urls.some(url => /^(mqtts|wss):/.test(url))) {
    report.warn([...path, 'tls'], 'has no effect without mqtts:// or wss://');
  }
  checkHeaders(broker, path, report);
}

/** Headers travel with WebSockets only, have names of RFC 9110 §5.6.2, and are not those of the upgrade itself. */
function checkHeaders({ urls, headers }: BrokerConfig, path: Path, report: Report): void {
  const where = [...path, 'headers'];
  for (const name of Object.keys(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) report.problem([...where, name], 'is no name of an HTTP header');
    if (/^(host|connection|upgrade|sec-websocket-.*)$/i.test(name))
      report.problem([...where, name], 'belongs to the WebSocket itself');
  }
  if (Object.keys(headers).length > 0 && !urls.some(url => /^wss?:/.test(url)))
    report.warn(where, 'has no effect without ws:// or wss://');
}

/** Two clients of one identifier at one server throw each other out for ever. */
function checkClientIds(brokers: readonly BrokerConfig[], report: Report): void {
  const owners = new Map<string, string>();
  for (const { name, urls, clientId, embedded } of brokers) {
    const clients = new Set(urls.map(url => `${url} ${embedded ? '' : clientId}`));
    for (const client of clients) {
      const owner = owners.get(client);
      if (owner === undefined) owners.set(client, name);
      else
        report.problem(
          ['brokers', name, embedded ? 'url' : 'clientId'],
          'another broker here has this server and client identifier too; give each its own `clientId`',
        );
    }
  }
}
