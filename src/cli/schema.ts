// axis2mqtt schema: the JSON Schema of the configuration, for editors.
import { jsonSchema } from '../config/schema/file.ts';
import type { Command } from './command.ts';

export const schema: Command = {
  name: 'schema',
  summary: 'Prints the JSON Schema of the configuration.',
  options: {},
  async run({ terminal }) {
    terminal.out(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
    return 0;
  },
};
