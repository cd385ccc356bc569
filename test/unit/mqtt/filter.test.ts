import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTopicFilter, overlaps } from '../../../src/mqtt/filter.ts';

/** MQTT 5 §4.7.1: a filter, what it takes, what it does not. */
const CASES: [filter: string, takes: string[], leaves: string[]][] = [
  ['a/b', ['a/b'], ['a', 'a/b/c', 'A/b', 'xa/b']],
  ['a/#', ['a', 'a/', 'a/b', 'a/b/c\nd'], ['ab', 'b/a']],
  ['#', ['', 'a', 'a/b'], []],
  ['a/+/c', ['a/b/c', 'a//c'], ['a/c', 'a/b/b/c', 'a/b/c/d']],
  ['+', ['a', ''], ['a/b']],
  ['+/b/#', ['a/b', 'a/b/c'], ['a/c']],
  ['a.c/$x/(y)', ['a.c/$x/(y)'], ['abc/$x/(y)']],
];

test('a topic filter takes what MQTT says it takes', () => {
  for (const [filter, takes, leaves] of CASES) {
    const matches = createTopicFilter(filter);
    for (const topic of takes) assert.equal(matches(topic), true, `${filter} takes ${topic}`);
    for (const topic of leaves) assert.equal(matches(topic), false, `${filter} leaves ${topic}`);
  }
});

test('two filters overlap where some topic matches both', () => {
  const pairs: [one: string, other: string, overlap: boolean][] = [
    ['a/b', 'a/b', true],
    ['a/b', 'a/c', false],
    ['a/+', '+/b', true],
    ['a/+', 'a/b/c', false],
    ['a/#', 'a', true],
    ['a/#', 'b/#', false],
    ['#', 'a/b', true],
    ['a/+/c', 'a/b/#', true],
  ];
  for (const [one, other, overlap] of pairs) {
    assert.equal(overlaps(one, other), overlap, `${one} and ${other}`);
    assert.equal(overlaps(other, one), overlap, `${other} and ${one}`);
  }
});
