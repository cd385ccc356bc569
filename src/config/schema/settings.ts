// The single settings: bridge, http, log. layers.ts reads defaults and environment names from this table.
import * as z from 'zod';
import { type Complaint, levelComplaint, topicComplaint } from '../template.ts';
import { host, integer, key, list, oneOf, text } from './values.ts';

/** Each key with its default; the environment's `AXIS2MQTT_SECTION_KEY` overrides the file. */
const SETTINGS = {
  bridge: {
    id: key(text(idComplaint), 'This instance. Its own topics are {base}/bridge/{id}/…', 'main'),
    baseTopic: key(text(topicComplaint), 'The beginning of every topic.', 'axis2mqtt'),
    dataDir: key(
      text(),
      'Folder of the queue, the ledger and the last known states; relative to where the bridge is started.',
      './data',
    ),
  },
  http: {
    host: key(host(), 'Address that the metrics and the health check listen on.', '127.0.0.1'),
    port: key(integer(0, 65535), 'Their port; 0 takes any free one.', 9180),
  },
  log: {
    level: key(
      oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
      'The least urgent lines that are logged.',
      'info',
    ),
  },
};

const http = z.strictObject({
  ...SETTINGS.http,
  names: key(
    list(host(), 64),
    'Names under which it is asked, besides addresses, localhost, names without a dot and the machine’s own.',
    [],
  ),
});

export const settings = {
  bridge: key(z.strictObject(SETTINGS.bridge), 'This bridge itself.'),
  http: key(
    z.union([http, z.literal(false)]),
    'The HTTP server for status, metrics and health; false: none.',
  ),
  log: key(z.strictObject(SETTINGS.log), 'The log, one JSON object a line on standard output.'),
};

function idComplaint(value: string): Complaint {
  return value.length > 64 ? { message: 'must not be longer than 64 characters' } : levelComplaint(value);
}

const complete = z.strictObject({
  bridge: z.strictObject(SETTINGS.bridge).required(),
  http: z.strictObject(SETTINGS.http).required(),
  log: z.strictObject(SETTINGS.log).required(),
});

export type Settings = z.infer<typeof complete>;

/** The settings of all layers together; throws where a value is missing or wrong. */
export function parseSettings(values: unknown): Settings {
  return complete.parse(values);
}

/** One setting, without zod's types. */
export interface Leaf {
  section: string;
  key: string;
  description: string | undefined;
  fallback: unknown;
  /** What is wrong with a value; undefined where it is right. */
  complaint(value: unknown): string | undefined;
}

export function leaves(): Leaf[] {
  return Object.entries(SETTINGS).flatMap(([section, keys]) =>
    Object.entries(keys).map(([name, schema]) => {
      const { description, default: fallback } = schema.meta() ?? {};
      const complaint = (value: unknown) => schema.safeParse(value).error?.issues[0]?.message;
      return { section, key: name, description, fallback, complaint };
    }),
  );
}
