// What the bridge publishes of itself.
import * as z from 'zod';
import { count, member, shortened, time } from './values.ts';

const started = time('When the bridge started.');

export const bridgeState = z
  .object({
    state: z.enum(['online', 'degraded', 'offline']),
    reason: member(z.string().optional(), 'What lets nothing through, as a code: with degraded.'),
    message: member(z.string().optional(), 'The same in words.'),
  })
  .meta({
    id: 'bridgeState',
    description: 'Whether the bridge runs; degraded: nothing goes through; offline is its will, too.',
  });

export const bridgeInfo = z
  .object({
    name: z.string(),
    version: z.string(),
    node: member(z.string(), 'The version of Node.js.'),
    started,
    config: member(
      z.record(z.string(), z.unknown()).optional(),
      'The configuration as it runs, without secrets.',
    ),
    shortened,
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

const trouble = z
  .object({
    reason: member(z.string(), 'As a code of the table of errors.'),
    message: member(z.string(), 'The same in words.'),
    broker: member(z.string().optional(), 'The broker that it is about; absent: all.'),
    since: time('When it began.'),
  })
  .meta({ id: 'trouble' });

export const bridgeHealth = z
  .object({
    time: time('When this was said.'),
    started,
    troubles: member(z.array(trouble), 'What lets nothing through just now.'),
    brokers: member(
      z.record(z.string(), z.enum(['up', 'down'])),
      'The connections by the name of the broker.',
    ),
    devices: z.record(z.string(), ledger),
    shortened,
  })
  .meta({ id: 'bridgeHealth', description: 'The ledger: what became of every event.' });

export const bridgeCheckpoint = z
  .object({
    number: member(
      z.number(),
      'Grows with what is retained: a broker that shows a smaller one lacks what came after it.',
    ),
  })
  .meta({
    id: 'bridgeCheckpoint',
    description: 'By which the bridge sees whether the broker has all that it took.',
  });

const texts = z.record(z.string(), z.string());

const cause = z
  .object({
    broker: member(z.string().optional(), 'The broker of the message that it came from.'),
    device: member(z.string().optional(), 'Or the device whose event it came from.'),
    topic: member(z.string(), 'The topic of the message, or of the event.'),
    event: member(z.string().optional(), 'The id of the event.'),
    properties: member(texts.optional(), 'User properties of the message: who published it says so there.'),
  })
  .meta({ id: 'cause' });

export const bridgeAudit = z
  .object({
    time: time('When this was said.'),
    by: member(cause, 'Where it came from, as far as MQTT says it.'),
    outcome: member(z.string(), 'done, failed, dryRun, or a code of the table of errors.'),
    trigger: member(z.string().optional(), 'The trigger that acted.'),
    steps: member(
      z.array(z.record(z.string(), z.unknown())).optional(),
      'What it did, each with how it ended.',
    ),
    device: member(z.string().optional(), 'The device of a command.'),
    action: z.string().optional(),
    requestId: z.string().optional(),
    state: z.enum(['done', 'failed']).optional(),
    ms: count.optional(),
    answer: z.record(z.string(), z.unknown()).optional(),
    code: z.string().optional(),
    message: z.string().optional(),
    repeat: z.literal(true).optional(),
  })
  .meta({ id: 'bridgeAudit', description: 'Something that was done to devices, or refused.' });
