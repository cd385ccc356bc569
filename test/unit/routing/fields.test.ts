// What a route may not tell as it is.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import type { Notification, Occurrence } from '../../../src/event.ts';
import { createView, type FieldRule } from '../../../src/routing/fields.ts';
import { secret } from '../../../src/util/secret.ts';
import { declared, items, PORT, said } from '../../support/notification.ts';
import { occurrence } from './helper.ts';

const KEY = secret('a key');
const MAC = (text: string) => createHmac('sha256', 'a key').update(text).digest('hex').slice(0, 32);

function rule(change: Partial<FieldRule>): FieldRule {
  return { topic: '**', name: 'text', over: 0, do: 'drop', ...change };
}

function view(rules: FieldRule[], change: Partial<Notification> = {}, key = KEY): Occurrence {
  return createView(rules, key)(occurrence(said(change), declared()));
}

describe('an item', () => {
  const data = { text: 'AB123', country: 'SE' };
  const rows: [what: string, rule: Partial<FieldRule>, data: Record<string, unknown>, told: object][] = [
    ['is dropped', {}, { country: 'SE' }, { dropped: ['text'] }],
    ['is cut to whole characters', { do: 'cut', over: 3 }, { text: 'AB1', country: 'SE' }, { cut: ['text'] }],
    ['is hashed with the key', { do: 'hash' }, { text: MAC('AB123'), country: 'SE' }, { hashed: ['text'] }],
    ['stays where it is not larger', { over: 5 }, data, {}],
    ['stays in other topics', { topic: 'tns1:Other/**' }, data, {}],
    ['stays under another name', { name: 'Text' }, data, {}],
  ];
  for (const [what, change, values, told] of rows) {
    test(what, () => {
      const { event, said } = view([rule(change)], { data: items(data) });
      const { cut, dropped, hashed } = event;
      assert.deepEqual(event.data, values);
      assert.deepEqual(said.data, items(values as Record<string, string>));
      assert.deepEqual(JSON.parse(JSON.stringify({ cut, dropped, hashed })), told);
    });
  }

  test('of source and key is treated as one of data', () => {
    const { event, said } = view([rule({ do: 'hash' })], {
      source: items({ text: 'a', port: '1' }),
      key: items({ text: 'b' }),
    });
    assert.deepEqual([event.source, event.key], [{ text: MAC('a'), port: 1 }, { text: MAC('b') }]);
    assert.deepEqual([said.source[0]?.value, said.key[0]?.value], [MAC('a'), MAC('b')]);
  });

  test('follows the first rule that fits it', () => {
    const rules = [rule({ over: 4 }), rule({ do: 'hash' })];
    assert.deepEqual(view(rules, { data: items({ text: '12345' }) }).event.data, {});
    assert.deepEqual(view(rules, { data: items({ text: '1234' }) }).event.data, { text: MAC('1234') });
  });

  test('that is nested is dropped or hashed, and not cut in half', () => {
    const text = { a: 'b' };
    const change = { data: items({ text }) };
    assert.deepEqual(view([rule({ do: 'cut', over: 3 })], change).event.dropped, ['text']);
    assert.deepEqual(view([rule({ do: 'hash' })], change).event.data, { text: MAC(JSON.stringify(text)) });
  });

  test('of a name that comes twice is treated for itself', () => {
    const data = [...items({ text: 'long' }), ...items({ text: 's' }), ...items({ text: 'longer' })];
    const { event, said } = view([rule({ over: 1, do: 'hash' })], { data });
    assert.deepEqual(event.data, { text: [MAC('long'), 's', MAC('longer')] });
    assert.equal(said.data.length, 3);
    assert.deepEqual(view([rule({ over: 1 })], { data }).event.data, { text: 's' });
  });

  test('named __proto__ is one like any other', () => {
    const data = [{ name: '__proto__', value: 'AB123' }, ...items({ other: '1' })];
    const { event } = view([rule({ name: '__proto__', do: 'hash' })], { data });
    assert.deepEqual(Object.entries(event.data), [
      ['__proto__', MAC('AB123')],
      ['other', '1'],
    ]);
  });
});

test('what no rule changes is the same occurrence', () => {
  const whole = occurrence(said(), declared());
  for (const rules of [[rule({})], [rule({ topic: 'tns1:Other', name: 'port' })]]) {
    assert.equal(createView(rules)(whole), whole);
  }
});

test('the rest of the event stays, its id and its typed values too', () => {
  const before = occurrence(said({ data: items({ state: '1', text: 'x' }) }), declared()).event;
  const { event } = view([rule({})], { data: items({ state: '1', text: 'x' }) });
  assert.deepEqual(
    { ...event, data: before.data, dropped: undefined, hashed: undefined },
    {
      ...before,
      hashed: undefined,
    },
  );
  assert.deepEqual(event.data, { state: true });
});

test('a state that is not told does not show as active', () => {
  for (const what of ['drop', 'hash'] as const) {
    assert.equal(view([rule({ topic: PORT, name: 'state', do: what })]).event.active, undefined);
  }
  assert.equal(view([rule({ name: 'port' })]).event.active, true);
  const twice = { data: [...items({ state: '1' }), ...items({ state: '0' })] };
  assert.equal(view([rule({ name: 'port' })], twice).event.active, undefined);
  const word = { data: items({ LogicalState: 'inactive' }) };
  const data = [{ name: 'LogicalState', type: 'tt:RelayLogicalState', state: true as const }];
  const relay = (change: Partial<FieldRule>) =>
    createView([rule(change)], KEY)(occurrence(said(word), declared({ data }))).event.active;
  assert.equal(relay({ name: 'port' }), false);
  assert.equal(relay({ name: 'LogicalState', do: 'hash' }), undefined);
});

test('what the device-wide rules did is still told', () => {
  const trimmed = occurrence(said({ data: items({ text: 'x' }) }));
  const event = { ...trimmed.event, dropped: ['lpImage'], cut: ['note'] };
  const { event: told } = createView([rule({})])({ ...trimmed, event });
  assert.deepEqual([told.dropped, told.cut], [['lpImage', 'text'], ['note']]);
});

test('without a key nothing is told', () => {
  const { event } = createView([rule({ do: 'hash' })])(occurrence(said({ data: items({ text: 'x' }) })));
  assert.deepEqual([event.data, event.dropped], [{}, ['text']]);
});
