// What the configuration's contract has and this version cannot do yet: said as a problem rather than ignored.
import type { Path, Report } from './problem.ts';
import type { ConfigFile } from './schema/file.ts';

interface Gap {
  of: 'camera' | 'file';
  key: string;
  /** Whether this version can do what the key asks for. */
  works(value: unknown): boolean;
  instead: string;
}

/** One row each; delete a row when the thing works. */
const GAPS: Gap[] = [
  { of: 'camera', key: 'commands', works: isEmpty, instead: 'leave it out' },
  { of: 'file', key: 'triggers', works: isEmpty, instead: 'leave it out' },
];

/** Reports everything in the file that this version cannot do. */
export function reportUnsupported(file: ConfigFile, report: Report): void {
  check('file', file, []);
  check('camera', file.defaults ?? {}, ['defaults']);
  for (const [index, camera] of file.cameras.entries()) check('camera', camera, ['cameras', index]);

  function check(of: Gap['of'], entry: object, path: Path): void {
    const values = new Map(Object.entries(entry));
    for (const { key, works, instead } of GAPS.filter(gap => gap.of === of)) {
      const value: unknown = values.get(key);
      if (value !== undefined && !works(value)) {
        report.problem([...path, key], `is not in this version; ${instead}`);
      }
    }
  }
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
