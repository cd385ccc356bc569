// What a reload changed, by name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesOf } from '../../../src/config/changes.ts';
import { config } from './helper.ts';

const file = (cameras: string, rest = '') => config(`cameras: [${cameras}]\n${rest}`);
const camera = (id: string, password = 'p') => `{id: ${id}, host: ${id}, username: u, password: ${password}}`;

test('cameras, brokers and triggers by name, other sections as such', async () => {
  const before = await file(`${camera('a')}, ${camera('b')}, ${camera('c')}`);
  const after = await file(
    `${camera('a')}, ${camera('b', 'another')}, ${camera('d')}`,
    'brokers: {site: {url: "mqtt://x"}}\nlog: {level: warn}\n',
  );
  const changes = changesOf(before, after);
  assert.deepEqual(changes['cameras'], { added: ['d'], removed: ['c'], changed: ['b'] });
  assert.deepEqual(changes['brokers'], { added: ['site'], removed: ['main'] });
  assert.equal(changes['log'], 'changed');
  assert.doesNotMatch(JSON.stringify(changes), /another/);
  assert.deepEqual(changesOf(after, after), {});
});

test('of many the first, and how many more', async () => {
  const many = Array.from({ length: 30 }, (_, index) => camera(`n${index}`)).join();
  const { cameras } = changesOf(await file(camera('a')), await file(many));
  assert.ok(typeof cameras === 'object');
  assert.deepEqual([cameras.added?.length, cameras.added?.at(-1)], [21, '10 more']);
});
