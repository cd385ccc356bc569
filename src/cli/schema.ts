// axis2mqtt schema: what the configuration may say and what is published, for editors and other programs.
import { jsonSchema } from '../config/schema/file.ts';
import { writeYaml } from '../config/yaml/write.ts';
import { asyncApi } from '../published/asyncapi.ts';
import { payloadsSchema } from '../published/schema.ts';
import { fail } from '../util/errors.ts';
import type { Command } from './command.ts';

export const schema: Command = {
  name: 'schema',
  summary: 'Prints the JSON Schema of the configuration, or what is published.',
  options: {
    payloads: { type: 'boolean', describe: 'instead that of all payloads', default: false },
    asyncapi: { type: 'boolean', describe: 'instead the topics and messages, as AsyncAPI', default: false },
  },
  async run({ values: { payloads, asyncapi }, terminal }) {
    if (payloads && asyncapi) throw fail('CONFIG', 'give --payloads or --asyncapi');
    if (asyncapi) terminal.out(writeYaml(asyncApi()));
    else terminal.out(`${JSON.stringify(payloads ? payloadsSchema() : jsonSchema(), null, 2)}\n`);
    return 0;
  },
};
