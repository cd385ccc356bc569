// What README shows of the configuration can be used as it stands there, and is warned of nowhere.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { formatProblems } from '../../../src/config/problem.ts';
import { load } from './helper.ts';

const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
const BLOCKS = [...README.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text);
const ENV = { MQTT_PASSWORD: 'a', AXIS_PASSWORD: 'b', HASH_KEY: 'c' };

/** What the examples name and leave out, since they show a part of a file. */
const REST: Record<string, unknown> = {
  brokers: Object.fromEntries(
    ['main', 'site', 'vms', 'cloud'].map(name => [name, { url: `mqtt://${name}` }]),
  ),
  cameras: ['yard', 'yard-siren', 'entrance'].map(id => ({
    id,
    host: id,
    username: 'u',
    password: `\${AXIS_PASSWORD}`,
  })),
};

test('README shows configurations', () => assert.ok(BLOCKS.length >= 4));

for (const text of BLOCKS)
  test(text.split('\n')[1] ?? text, async () => {
    const rest = Object.entries(REST).filter(([section]) => !Object.hasOwn(parse(text), section));
    const lines = rest.map(([section, value]) => `${section}: ${JSON.stringify(value)}`);
    const result = await load([text, ...lines].join('\n'), { env: ENV });
    assert.ok(result.ok, result.ok ? '' : formatProblems(result.problems));
    assert.equal(formatProblems(result.warnings), '');
  });
