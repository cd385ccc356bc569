import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readStreamMessage } from '../../../src/protocol/event-stream.ts';
import { needCorpus, readCorpus } from '../../support/corpus.ts';

const read = (text: string) => readStreamMessage(Buffer.from(text));

describe('a message of the event stream', () => {
  test('is an event with all that it says', () => {
    const said = read(
      '{"method":"events:notify","params":{"notification":{"topic":"tns1:A","message":{"data":{"é":"☂"}}}}}',
    );
    assert.deepEqual(said, {
      event: { topic: 'tns1:A', time: null, source: [], key: [], data: [{ name: 'é', value: '☂' }] },
    });
  });

  test('is a yes, whether or not the device repeats what it was asked', () => {
    for (const text of [
      '{"method":"events:configure","data":{}}',
      '{"data":{}}',
      '{"method":"events:configure"}',
    ]) {
      assert.deepEqual(read(text), { refusal: undefined });
    }
  });

  test('is a no with its number and its text, of which no more than a line is kept', () => {
    const said = read(`{"method":"events:configure","error":{"code":2104,"message":"${'x'.repeat(5000)}"}}`);
    assert.ok('refusal' in said);
    assert.equal(said.refusal?.code, 'REFUSED');
    assert.match(said.refusal?.message ?? '', /^error "2104", "x{200}"$/);
  });

  for (const error of ['7', '"no"', '[]', '{}', '{"code":{}}', '{"code":"__proto__","message":1}']) {
    test(`is a no, though the reason is ${error}`, () => {
      const said = read(`{"error":${error}}`);
      assert.equal('refusal' in said && said.refusal?.code, 'REFUSED');
    });
  }

  for (const text of [
    '',
    'null',
    '"text"',
    '{',
    '{}',
    '[{"method":"events:notify"}]',
    '{"method":"events:notify"}',
  ]) {
    test(`is none where it is ${text || 'empty'}`, () =>
      assert.throws(() => read(text), { code: 'PROTOCOL' }));
  }
});

test('real messages: events and answers', needCorpus('ws-events'), () => {
  const kinds = new Map<string, string>();
  for (const [name, text] of readCorpus('ws-events', /\.json$/)) {
    try {
      kinds.set(name, 'event' in read(text) ? 'event' : 'answer');
    } catch {
      kinds.set(name, 'none');
    }
  }
  const count = (kind: string) => [...kinds.values()].filter(each => each === kind).length;
  // One is a notification without anything in it.
  assert.deepEqual([count('event'), count('answer'), count('none')], [6, 2, 1]);
  assert.equal(kinds.get('axis-kane610-05-events-notify.json'), 'none');
});
