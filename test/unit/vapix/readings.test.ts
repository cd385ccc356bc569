import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bounded, readingOf, typed, utcOf } from '../../../src/vapix/readings.ts';

const TYPES = new Map([
  ['count', 'number'],
  ['on', 'boolean'],
] as const);

test('typed reads what the API defines, and leaves what does not fit as it was', () => {
  const read = (count: unknown, on: unknown) => Object.values(typed(Object.entries({ count, on }), TYPES));
  assert.deepEqual(read('12', 'yes'), [12, true]);
  assert.deepEqual(read('-3.50', 'False'), [-3.5, false]);
  assert.deepEqual(read(7, true), [7, true]);
  assert.deepEqual(read('0x10', 'maybe'), ['0x10', 'maybe']);
  assert.deepEqual(read('1e999', ''), ['1e999', '']);
  assert.deepEqual(read('12345678901234567890', null), ['12345678901234567890', null]);
});

test('typed passes on what it does not know: texts as texts, what is nested as JSON', () => {
  const values = typed(Object.entries({ new: '5', flag: true, list: [1, { a: 2 }] }), TYPES);
  assert.deepEqual(values, { new: '5', flag: true, list: '[1,{"a":2}]' });
});

test('typed takes __proto__ for a name like any other', () => {
  const values = typed(Object.entries(JSON.parse('{"__proto__":{"x":1},"constructor":"2"}')));
  assert.deepEqual(Object.keys(values), ['__proto__', 'constructor']);
  assert.equal(JSON.stringify(values), '{"__proto__":"{\\"x\\":1}","constructor":"2"}');
  assert.equal(({} as Record<string, unknown>)['x'], undefined);
});

test('a device that invents things is refused as TOO_LARGE', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => [`n${index}`, 1] as const);
  assert.equal(Object.keys(typed(many(200))).length, 200);
  const deep = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000));
  const reading = (item: string) => readingOf('io', {}, { item });
  const inventions = [
    () => typed(many(201)),
    () => typed([['n'.repeat(129), 1]]),
    () => typed([['text', 'x'.repeat(4097)]]),
    () => typed([['deep', deep]]),
    () => bounded(Array.from({ length: 101 }, (_, index) => reading(String(index)))),
    () => bounded([reading('i'.repeat(129))]),
  ];
  for (const invention of inventions) assert.throws(invention, { code: 'TOO_LARGE' });
});

test('utcOf reads times that name their zone, and no others', () => {
  assert.equal(utcOf('2020-12-03T16:28:05+01:00'), '2020-12-03T15:28:05.000Z');
  assert.equal(utcOf('2020-12-03T16:28:05Z'), '2020-12-03T16:28:05.000Z');
  for (const text of ['2020-12-03T16:28:05', '2020-13-03T16:28:05Z', '', 5, null, `T${'9'.repeat(60)}Z`])
    assert.equal(utcOf(text), null);
});
