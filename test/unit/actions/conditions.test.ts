// What a trigger's conditions say of a payload.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Conditions, holds, traceOf } from '../../../src/actions/conditions.ts';
import type { Json } from '../../../src/event.ts';

describe('a condition', () => {
  const cases: [name: string, Conditions, Json, boolean][] = [
    ['a value is the very one', { open: true }, { open: true }, true],
    ['text is no boolean', { open: true }, { open: 'true' }, false],
    ['a number is no boolean', { open: true }, { open: 1 }, false],
    ['null is a value', { a: null }, { a: null }, true],
    ['what is not there is not null', { a: null }, {}, false],
    ['all of several', { a: 1, b: 2 }, { a: 1, b: 3 }, false],
    ['not', { state: { not: 'off' } }, { state: 'on' }, true],
    ['not, and it is that', { state: { not: 'off' } }, { state: 'off' }, false],
    ['not, of what is not there', { state: { not: 'off' } }, {}, false],
    ['any of', { 'a.b': { in: [1, 'x'] } }, { a: { b: 'x' } }, true],
    ['none of', { 'a.b': { in: [1, 'x'] } }, { a: { b: '1' } }, false],
    ['above', { t: { above: 30 } }, { t: 30.5 }, true],
    ['the bound itself is not above', { t: { above: 30 } }, { t: 30 }, false],
    ['text is above nothing', { t: { above: 30 } }, { t: '31' }, false],
    ['between', { t: { above: 1, below: 3 } }, { t: 2 }, true],
    ['below', { t: { below: 3 } }, { t: 3 }, false],
    ['missing', { x: { missing: true } }, { y: 1 }, true],
    ['missing, and it is there', { x: { missing: true } }, { x: null }, false],
    ['there', { x: { missing: false } }, { x: 1 }, true],
    ['not there', { x: { missing: false } }, {}, false],
    ['an index', { 'list.1': 'b' }, { list: ['a', 'b'] }, true],
    ['a name with a dot', { 'a.b': 1 }, { 'a.b': 1 }, true],
    ['the payload itself', { $: 'OPEN' }, 'OPEN', true],
    ['a scalar has no members', { length: 4 }, 'OPEN', false],
    ['what an object inherits is not there', { constructor: { missing: true } }, {}, true],
    ['__proto__ is a name', { __proto__x: { missing: true } }, JSON.parse('{"__proto__": 1}'), true],
    ['no condition', {}, null, true],
  ];
  for (const [name, conditions, payload, expected] of cases)
    test(name, () => assert.equal(holds(conditions, payload), expected));

  test('__proto__ is found as the own member that it is', () => {
    const payload = JSON.parse('{"__proto__": {"open": true}}');
    assert.ok(holds({ '__proto__.open': true }, payload));
    assert.ok(!holds({ open: true }, payload));
  });
});

describe('changed', () => {
  const conditions: Conditions = { x: { changed: true } };
  const after = (before: Json, now: Json) => holds(conditions, now, traceOf(conditions, before));

  test('holds of another value than before, and not of the first', () => {
    assert.ok(!holds(conditions, { x: 1 }));
    assert.ok(!after({ x: 1 }, { x: 1, y: 2 }));
    assert.ok(after({ x: 1 }, { x: 2 }));
    assert.ok(after({}, { x: 2 }) && after({ x: null }, { x: 0 }));
  });

  test('holds of long values that differ at their end', () => {
    const long = 'a'.repeat(10_000);
    assert.ok(after({ x: long }, { x: `${long}b` }));
    assert.ok(!after({ x: long }, { x: long }));
    assert.ok(String([...traceOf(conditions, { x: long }).values()]).length < 100);
  });

  test('false is the contrary', () => {
    const same: Conditions = { x: { changed: false } };
    assert.ok(holds(same, { x: 1 }, traceOf(same, { x: 1 })));
    assert.ok(!holds(same, { x: 2 }, traceOf(same, { x: 1 })));
  });
});
