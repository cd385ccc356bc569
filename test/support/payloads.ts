// What is published in config/, as a judge of messages: which channel a topic is of, and whether the payload is as it says.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { asyncApi } from '../../src/published/asyncapi.ts';
import { payloadsSchema } from '../../src/published/schema.ts';

export interface Judge {
  /** The channels of a topic; one that nothing is said of has none. */
  channelsOf(topic: string): string[];
  /** What is wrong with a payload of that channel; undefined where it is right. */
  complaint(channel: string, payload: unknown): string | undefined;
}

/** These stand for several levels. */
const LONG = new Set(['topic', 'source', 'axisTopic', 'onvifTopic']);
/** These may be absent, and take their slash along. */
const OPTIONAL = new Set(['source', 'item']);

/** Judges by the documents that are published; `strict`: a member that the schema does not know is wrong. */
export function createJudge({ strict = false } = {}): Judge {
  const { channels } = asyncApi() as { channels: Record<string, { address: string }> };
  const patterns = Object.entries(channels).map(([name, { address }]) => ({
    name,
    pattern: toPattern(address),
  }));
  const ajv = new Ajv2020({
    allErrors: true,
    validateFormats: false,
    schemas: { all: payloadsSchema({ strict }) },
  });
  return {
    channelsOf(topic) {
      const found = patterns.filter(({ pattern }) => pattern.test(topic)).map(({ name }) => name);
      return found.includes('axisConnection') ? ['axisConnection'] : found;
    },
    complaint(channel, payload) {
      const validate = ajv.getSchema(`all#/$defs/${channel}`);
      if (validate === undefined) return `there is no schema of ${channel}`;
      return validate(payload) === true ? undefined : ajv.errorsText(validate.errors);
    },
  };
}

/** The base is the default one. */
function toPattern(address: string): RegExp {
  const text = address
    .replace('{base}', 'axis2mqtt')
    .replaceAll(/(\/?)\{(\w+)\}/g, (_, slash: string, name: string) => {
      const level = slash + (LONG.has(name) ? '.+' : '[^/]+');
      return OPTIONAL.has(name) ? `(?:${level})?` : level;
    });
  return new RegExp(`^${text}$`);
}
