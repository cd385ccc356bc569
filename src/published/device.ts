// What is published of a device: its events, its readings, and what the bridge knows of it (DESIGN 3).
import * as z from 'zod';
import { count, device, labels, member, received, said, serial, shortened, time, values } from './values.ts';

const names = z.array(z.string());
const flag = z.literal(true);
const topic = member(z.string(), 'The ONVIF topic with its prefixes, such as tns1:Device/tnsaxis:IO/Port.');

export const event = z
  .object({
    id: member(z.string(), 'The same for every delivery of the same occurrence: 32 hexadecimal digits.'),
    seq: member(
      z.int().positive(),
      'Grows by one for each message of this device by this route to this broker.',
    ),
    device,
    serial,
    topic,
    kind: member(z.enum(['property', 'event']), 'A state, or a pulse.'),
    operation: member(z.enum(['initialized', 'changed', 'deleted']).optional(), 'Of a state only.'),
    source: values,
    key: values,
    data: values,
    active: member(
      z.boolean().optional(),
      'Whether the item that the device declares as the state says yes: true, 1, active or on, in any case, and their opposites; absent where it says something else. The device’s own word is in `data`.',
    ),
    untyped: member(
      flag.optional(),
      'The device declares nothing of this topic: values are the texts it said.',
    ),
    resync: member(flag.optional(), 'It changed while nobody listened.'),
    aggregate: member(flag.optional(), 'It says once more what one of several says.'),
    merged: member(z.int().positive().optional(), 'How many earlier changes were merged into it.'),
    cut: member(names.optional(), 'Items that a field rule cut short.'),
    dropped: member(names.optional(), 'Items that a field rule took out.'),
    hashed: member(names.optional(), 'Items of which a field rule tells only a hash.'),
    time: said,
    received,
    labels,
  })
  .meta({ id: 'event', description: 'An event in the format axis2mqtt.' });

export const reading = z
  .object({
    device,
    serial,
    api: member(z.string(), 'What was polled, such as people-counter.'),
    item: member(z.string().optional(), 'Which of several.'),
    values,
    units: member(
      z.record(z.string(), z.string()).optional(),
      'Units by the name of the value, as UCUM writes them.',
    ),
    delta: member(z.record(z.string(), z.number()).optional(), 'By how much what counts up has grown.'),
    reset: member(flag.optional(), 'A counter started anew.'),
    time: said,
    received,
    labels,
  })
  .meta({ id: 'reading', description: 'A polled value.' });

export const availability = z
  .object({
    state: z.enum(['online', 'degraded', 'offline']),
    since: time('When this state began.'),
    source: member(z.string(), 'The way in which it is heard, or was last.'),
    passed: member(
      z.record(z.string(), z.string()).optional(),
      'Better ways that the device does not offer, and why.',
    ),
    found: time('When its present address was found, for a camera with `host: auto`.').optional(),
    reason: member(z.string().optional(), 'Why it is not simply online, as a code.'),
    message: member(z.string().optional(), 'The same in words.'),
  })
  .meta({ id: 'availability', description: 'How the device can be heard just now.' });

export const gap = z
  .object({
    from: time(
      'The last moment by which certainly all was heard that the device had said, by the bridge’s clock.',
    ),
    to: time('When it was heard again.'),
    cause: member(
      z.enum(['reboot', 'network', 'stalled', 'auth', 'bridge', 'unreadable']),
      'unreadable: what the device said was damaged, or larger than is read.',
    ),
    events: member(
      z.union([z.literal('unknown'), z.int().positive()]),
      'How many events are lost, where that is known.',
    ),
    lastTime: member(
      said.unwrap().optional(),
      'The device’s own time in the last event before, where it said one.',
    ),
    topics: member(names.optional(), 'Topics of events that are lost, up to five, where they are known.'),
  })
  .meta({
    id: 'gap',
    description: 'A time in which the device was not heard, or said what could not be read.',
  });

const item = z
  .object({
    name: z.string(),
    type: member(z.string(), 'The XML type, such as xsd:int.'),
    state: member(flag.optional(), 'It is the state of the property.'),
  })
  .meta({ id: 'declaredItem' });
const items = z.array(item);

export const info = z
  .object({
    serial: serial.optional(),
    brand: member(z.string().optional(), 'Its maker, in its own words.'),
    model: z.string().optional(),
    fullName: z.string().optional(),
    productType: z.string().optional(),
    firmware: z.string().optional(),
    source: member(z.string(), 'The way in which it is heard.'),
    clockSkewMs: member(z.number().optional(), 'The device’s clock against the bridge’s, in milliseconds.'),
    events: member(
      z.record(z.string(), z.object({ property: z.boolean(), source: items, key: items, data: items })),
      'The events that it declares, by topic.',
    ),
    shortened,
  })
  .meta({ id: 'info', description: 'What the device is.' });

const state = z.enum(['accepted', 'done', 'failed']);

export const result = z
  .object({
    action: z.string(),
    requestId: member(z.string().optional(), 'That of the command.'),
    time: time('When this was said.'),
    state: member(state, 'accepted: it waits for its turn; done and failed end it.'),
    ms: member(count.optional(), 'How long it took, waiting included, in milliseconds.'),
    answer: member(values.optional(), 'What the device said.'),
    code: member(z.string().optional(), 'Why it failed, as a code of the table of errors.'),
    message: member(z.string().optional(), 'The same in words.'),
    repeat: member(flag.optional(), 'The same requestId came before: it was not done again.'),
  })
  .meta({ id: 'result', description: 'What became of a command.' });
