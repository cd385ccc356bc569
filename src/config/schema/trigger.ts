// What a message from a broker, or an event of a device, does to devices; and what holds for all that is done to them.
import * as z from 'zod';
import { filterComplaint, topicComplaint } from '../template.ts';
import { scalar } from './route.ts';
import {
  duration,
  flag,
  key,
  list,
  named,
  oneOf,
  oneOrMore,
  text,
  timeOfDay,
  topicPattern,
} from './values.ts';

const test = z.strictObject({
  not: key(scalar, 'Any value but this.'),
  in: key(list(scalar, 64), 'One of these.'),
  above: key(z.number(), 'A greater number.'),
  below: key(z.number(), 'A smaller number.'),
  changed: key(flag(), 'Another value than in the message before; false: the same.'),
  missing: key(flag(), 'Not there at all.'),
});

const condition = z.union([test, scalar]);

const on = z.strictObject({
  camera: key(text(), 'Camera IDs; `*` stands for any characters.', '*'),
  topic: key(topicPattern(), 'Topics; `*` is one level, `**` any number.', '**'),
  kind: key(oneOf('property', 'event'), 'Only states (property), or only pulses (event). Default: both.'),
  source: key(named(scalar, 64), 'Source items that the event must hold, with these very values.', {}),
});

const armed = z.strictObject({
  topic: key(text(topicComplaint), 'The topic whose last message arms it.'),
  broker: key(text(), 'The broker of that topic. Default: the first.'),
  text: key(z.string(), 'What that message has to be.'),
  from: key(timeOfDay(), 'Or the time of the day from which it is armed, by the clock of this machine.'),
  to: key(timeOfDay(), 'The time of the day until which it is.'),
});

const publish = z.strictObject({
  broker: key(text(), 'The broker to publish to. Default: the first.'),
  topic: text(topicComplaint).meta({ description: 'The topic.' }),
  payload: key(z.unknown(), 'Text as it is, anything else as JSON. Default: none.'),
  retain: key(flag(), 'Whether the broker keeps it.', false),
});

/** Any other key is a parameter of the action. */
const step = z
  .object({
    camera: key(text(), 'The camera’s ID.'),
    action: key(
      text(),
      'What it shall do, such as siren or record; its parameters are keys beside this one.',
    ),
    publish: key(publish, 'Or the message to publish.'),
  })
  .catchall(scalar);

export const trigger = z.strictObject({
  name: text().meta({ description: 'What the log calls it.' }),
  broker: key(text(), 'The broker to listen at. Default: the first.'),
  topic: key(text(filterComplaint), 'The MQTT topic filter to subscribe to.'),
  on: key(on, 'Or the events of the bridge itself to act on.'),
  when: key(
    z.record(text(), condition).refine(paths => Object.keys(paths).length <= 64, {
      error: 'must not have more than 64 entries',
    }),
    'What the JSON payload must hold: by the path of a value (a.b; $ is the payload), the very value or a test.',
  ),
  text: key(z.string(), 'The payload as text, instead of `when`.'),
  for: key(duration(0), 'How long it must hold without a break.', '0s'),
  cooldown: key(duration(0), 'How long it rests once it acted.', '0s'),
  armed: key(armed, 'When it may act. Default: always.'),
  retained: key(flag(), 'Whether retained messages, and states said anew at a connection, act too.', false),
  together: key(flag(), 'All at once, and not each when the one before it is over.', false),
  dryRun: key(flag(), 'Only tell what it would do.', false),
  do: list(step, 64).min(1, { error: 'must not be an empty list' }).meta({ description: 'What happens.' }),
});

export const actions = z.strictObject({
  broker: key(oneOrMore(text(), 64), 'The broker to take commands from, or a list. Default: all.'),
  timeToLive: key(duration(100), 'How long a command may wait for a busy device.', '10s'),
  responsePrefixes: key(
    list(text(topicComplaint), 64),
    'Beginnings of response topics (MQTT 5) to answer on, besides {base}/response.',
    [],
  ),
  audit: key(flag(), 'Whether all that was done is published on {base}/bridge/{id}/audit, too.', false),
});
