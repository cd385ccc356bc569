// Values to YAML text.
import { stringify } from 'yaml';

/** The text of a value, in lines of at most 110 characters where words allow it. */
export function writeYaml(value: unknown): string {
  return stringify(value, { lineWidth: 110, aliasDuplicateObjects: false });
}
