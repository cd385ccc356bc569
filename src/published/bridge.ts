// What the bridge publishes of itself.
import * as z from 'zod';
import { count, member, time } from './values.ts';

const started = time('When the bridge started.');

export const bridgeState = z
  .object({ state: z.enum(['online', 'offline']) })
  .meta({ id: 'bridgeState', description: 'Whether the bridge runs; offline is its will, too.' });

export const bridgeInfo = z
  .object({
    name: z.string(),
    version: z.string(),
    node: member(z.string(), 'The version of Node.js.'),
    started,
    config: member(z.record(z.string(), z.unknown()), 'The configuration as it runs, without secrets.'),
  })
  .meta({ id: 'bridgeInfo', description: 'What the bridge is.' });

const broker = z
  .object({
    routed: count,
    published: count,
    queued: count,
    expired: count,
    dropped: count,
    rejected: count,
    redirected: count,
    bytes: member(count, 'What is queued, in bytes.'),
  })
  .meta({
    id: 'brokerLedger',
    description: 'routed = published + queued + expired + dropped + rejected + redirected',
  });

const ledger = z
  .object({
    state: member(
      z.string().optional(),
      'As in its availability; absent where it is no longer of this bridge.',
    ),
    received: count,
    kept: count,
    filtered: count,
    merged: count,
    brokers: z.record(z.string(), broker),
  })
  .meta({ id: 'deviceLedger', description: 'received = kept + filtered + merged' });

export const bridgeHealth = z
  .object({
    time: time('When this was said.'),
    started,
    brokers: member(
      z.record(z.string(), z.enum(['up', 'down'])),
      'The connections by the name of the broker.',
    ),
    devices: z.record(z.string(), ledger),
  })
  .meta({ id: 'bridgeHealth', description: 'The ledger: what became of every event.' });
