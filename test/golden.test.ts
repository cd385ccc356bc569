// Documents of devices, and what the bridge is to make of each: one test a folder of fixtures/.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type CaseMeta, FORMATS, type Format, replay } from '../src/cli/events/replay.ts';

const FIXTURES = new URL('../fixtures/', import.meta.url);

function folders(at: URL): string[] {
  const entries = readdirSync(at, { withFileTypes: true });
  return entries.filter(entry => entry.isDirectory()).map(({ name }) => name);
}

function isFormat(name: string): name is Format {
  return FORMATS.some(format => format === name);
}

/** What is left of it on the way through JSON. */
function published(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

for (const format of folders(FIXTURES)) {
  for (const name of folders(new URL(`${format}/`, FIXTURES))) {
    test(`${format}/${name}`, () => {
      assert.ok(isFormat(format), `there is no format ${format}`);
      const file = (end: string) => readFileSync(new URL(`${format}/${name}/${end}`, FIXTURES));
      const input = file(format === 'websocket' ? 'input.json' : 'input.xml');
      const meta: CaseMeta = JSON.parse(file('meta.json').toString());
      const expected: unknown = JSON.parse(file('expected.json').toString());
      assert.deepEqual(published(replay(format, input, meta)), expected, meta.about);
    });
  }
}
