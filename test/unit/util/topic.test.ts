import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchTopic, withoutRepeatedPrefixes } from '../../../src/util/topic.ts';

const cases: [written: string, read: string][] = [
  ['tns1:A/tns1:B', 'tns1:A/B'],
  ['tns1:A/B/tns1:C', 'tns1:A/B/C'],
  ['tns1:A/tnsaxis:B/tnsaxis:C', 'tns1:A/tnsaxis:B/C'],
  ['tns1:A/tnsaxis:B/tns1:C', 'tns1:A/tnsaxis:B/tns1:C'],
  ['tns1:A/tns1:B/**', 'tns1:A/B/**'],
  // The level that the wildcard stands for may have another prefix.
  ['tns1:A/*/tns1:B', 'tns1:A/*/tns1:B'],
  ['**/tns1:B/tns1:C', '**/tns1:B/C'],
  ['A/B', 'A/B'],
  ['', ''],
];
for (const [written, read] of cases)
  test(`${written} is ${read}`, () => assert.equal(withoutRepeatedPrefixes(written), read));

test('a pattern with a repeated prefix matches what the same topic is called', () => {
  const topic = withoutRepeatedPrefixes('tns1:Device/tns1:Trigger/tns1:Relay');
  assert.ok(matchTopic(withoutRepeatedPrefixes('tns1:Device/tns1:Trigger/**'), topic));
});
