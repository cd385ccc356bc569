// Which events go where.
import * as z from 'zod';
import { templateComplaint } from '../template.ts';
import { duration, flag, key, list, named, oneOf, oneOrMore, size, text, topicPattern } from './values.ts';

export const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: 'must be one value',
});

const match = z.strictObject({
  camera: key(text(), 'Camera IDs; `*` stands for any characters.', '*'),
  topic: key(topicPattern(), 'Topics, such as tns1:Device/**; `*` is one level, `**` any number.', '**'),
  labels: key(named(text(), 64), 'Labels that the camera must bear, with these very values.', {}),
  kind: key(oneOf('property', 'event'), 'Only states (property), or only pulses (event). Default: both.'),
  data: key(
    named(scalar, 64),
    'Data items that the event must hold, with these very values as they are typed. Default: any.',
  ),
});

const axis = z.strictObject({
  namespaces: key(flag(), 'Whether {axisTopic} names the namespaces (tns:onvif, tns:axis).', true),
  serialInPayload: key(flag(), 'Whether the payload names the serial number.', false),
});

const field = z.strictObject({
  topic: key(topicPattern(), 'Topics that the rule is for.', '**'),
  name: text().meta({ description: 'Name of the source, key or data item, such as text.' }),
  over: key(size(0), 'Only values of more than this size.', '0KiB'),
  do: oneOf('drop', 'cut', 'hash').meta({
    description: 'Drop it, cut it to that size, or tell its hash only, which needs hashKey or hashKeyFile.',
  }),
});

export const route = z.strictObject({
  match: key(match, 'Which events it takes. Default: all.'),
  broker: key(oneOrMore(text(), 64), 'The broker’s name, or a list. Default: all.'),
  topic: key(
    text(templateComplaint),
    'Topic, with {base} {bridge} {device} {serial} {kind} {topic} {source} {axisTopic} {onvifTopic} {labels.NAME}. Default: by the format.',
  ),
  format: key(
    oneOf('axis2mqtt', 'axis', 'onvif'),
    'The payload: typed JSON, or as the device’s own client publishes it, or onvif-ej.',
    'axis2mqtt',
  ),
  axis: key(axis, 'What the format axis says, as the settings of the device’s own client.'),
  fields: key(list(field, 64), 'What its brokers may not know as it is; the first that fits counts.', []),
  hashKey: key(
    text(),
    `Key of the hashes (HMAC-SHA-256). Take it from the environment (\${NAME}), or use hashKeyFile.`,
  ),
  hashKeyFile: key(text(), 'File that holds the key, relative to this file.'),
  qos: key(oneOf(0, 1, 2), 'MQTT quality of service.', 1),
  retain: key(
    oneOf('none', 'property', 'all'),
    'What the broker keeps: nothing, states, or everything. With match.data: nothing, unless they are pulses.',
    'property',
  ),
  expiry: key(duration(1000), 'When a message loses its worth (never a retained state). Default: never.'),
  requireSubscriber: key(
    flag(),
    'Somebody has to take each message: the broker has to say so (MQTT 5).',
    false,
  ),
  deliverWithin: key(duration(1000), 'How long a message may take to the broker. Default: any time.'),
  onUndelivered: key(
    text(),
    'The broker that gets what is not delivered so. Default: none, it is set aside and counted.',
  ),
});
