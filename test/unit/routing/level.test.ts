import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { topicLevel } from '../../../src/routing/level.ts';

describe('a topic level', () => {
  const rows: [text: string, level: string][] = [
    ['', ''],
    ['port=1', 'port=1'],
    ['RuleName=Profile 1V', 'RuleName=Profile 1V'],
    ['Tür=höher', 'Tür=höher'],
    ['emoji=😀', 'emoji=😀'],
    ['a/b', 'a%2Fb'],
    ['+', '%2B'],
    ['#', '%23'],
    ['100%', '100%25'],
    ['%2F', '%252F'],
    ['a\u0000b\u001f', 'a%00b%1F'],
    ['\u007f\u0085', '%7F%C2%85'],
    ['\ufffe', '%EF%BF%BE'],
    ['\ud800x', '%EF%BF%BDx'],
  ];
  for (const [text, level] of rows) {
    test(`${JSON.stringify(text)} is written ${JSON.stringify(level)}`, () =>
      assert.equal(topicLevel(text), level));
  }

  test('is told apart from every other', () => {
    const texts = ['a/b', 'a%2Fb', 'a%252Fb', 'a b', 'a+b', 'a#b'];
    assert.equal(new Set(texts.map(topicLevel)).size, texts.length);
  });
});
