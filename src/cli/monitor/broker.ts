// Which broker is watched, as whom, and where the bridge's topics begin there.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { peerOptions } from '../../bridge/peer.ts';
import { parseBrokerUrl } from '../../config/address.ts';
import type { BrokerConfig } from '../../config/types.ts';
import { proofOf } from '../../mqtt/proof.ts';
import type { BrokerOptions } from '../../mqtt/types.ts';
import { systemClock } from '../../util/clock.ts';
import { fail } from '../../util/errors.ts';
import { type Secret, secret } from '../../util/secret.ts';
import type { Command, Invocation } from '../command.ts';
import { loadFor } from '../configuration.ts';

export const BROKER_OPTIONS = {
  broker: { type: 'string', placeholder: 'NAME', describe: 'one of the configuration; default the first' },
  url: { type: 'string', placeholder: 'URL', describe: 'this broker, without any configuration' },
  base: {
    type: 'string',
    placeholder: 'TOPIC',
    describe: 'with --url: where the topics begin; default axis2mqtt',
  },
  username: { type: 'string', placeholder: 'NAME', describe: 'instead of the configuration’s' },
  'password-file': {
    type: 'string',
    placeholder: 'FILE',
    describe: 'instead of the configuration’s password',
  },
} as const satisfies Command['options'];

export interface Watched {
  broker: BrokerOptions;
  base: string;
}

/** Throws CONFIG where the options or the configuration name no broker. */
export async function watchedBroker(invocation: Invocation): Promise<Watched> {
  const { url } = invocation.values;
  const { broker, base, isOwn } = typeof url === 'string' ? byUrl(url, invocation) : await byName(invocation);
  const clientId = `${broker.clientId}-monitor-${randomBytes(4).toString('hex')}`;
  const given = await loginOf(invocation);
  return {
    base,
    broker: { ...broker, clientId, ...withoutPassword({ ...broker, clientId }, isOwn), ...given },
  };
}

interface Named extends Watched {
  /** Whether it is the embedded broker of a bridge on this machine. */
  isOwn: boolean;
}

function byUrl(text: string, { values }: Invocation): Named {
  const parsed = parseBrokerUrl(text);
  if ('complaint' in parsed) throw fail('CONFIG', `--url ${parsed.complaint}`);
  const servers = [parsed.url.replace('embedded:', 'mqtt:')];
  const base = typeof values['base'] === 'string' ? values['base'] : 'axis2mqtt';
  return { base, isOwn: false, broker: { servers, clientId: 'axis2mqtt', protocolVersion: 'auto' } };
}

async function byName(invocation: Invocation): Promise<Named> {
  const { config } = await loadFor(invocation);
  const found = find(config.brokers, invocation);
  return { base: config.bridge.baseTopic, isOwn: found.embedded, broker: peerOptions(found) };
}

/** To the embedded broker the password is proved: who listens there may be somebody else. */
function withoutPassword(
  { password, clientId }: BrokerOptions,
  isOwn: boolean,
): Pick<BrokerOptions, 'password'> {
  if (!isOwn || password === undefined) return {};
  return { password: proofOf({ password, clientId, now: systemClock.now }) };
}

function find(brokers: readonly BrokerConfig[], { values }: Invocation): BrokerConfig {
  const wanted = values['broker'] ?? brokers[0]?.name;
  const found = brokers.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const names = brokers.map(({ name }) => name).join(', ');
  throw fail('CONFIG', `no broker ${JSON.stringify(wanted)} in the configuration; there are: ${names}`);
}

async function loginOf({ values }: Invocation): Promise<Pick<BrokerOptions, 'username' | 'password'>> {
  const { username, 'password-file': file } = values;
  return {
    ...(typeof username === 'string' ? { username } : {}),
    ...(typeof file === 'string' ? { password: await readSecret(file) } : {}),
  };
}

async function readSecret(file: string): Promise<Secret> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw fail('CONFIG', `--password-file ${file}: ${error.code ?? 'it cannot be read'}`);
  });
  return secret(text.replace(/\r?\n$/, ''));
}
