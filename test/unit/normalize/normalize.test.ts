import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Json, Notification, TopicDeclaration } from '../../../src/event.ts';
import { identify, occurrenceId } from '../../../src/normalize/identity.ts';
import { kindOf, type NormalizeContext, normalize } from '../../../src/normalize/normalize.ts';
import { declared, items, SERIAL, said, saidPulse } from '../../support/notification.ts';

const ID = '0123456789abcdef0123456789abcdef';

function event(notification: Notification, change: Partial<NormalizeContext> = {}) {
  return normalize(notification, {
    device: 'entrance',
    serial: SERIAL,
    labels: { site: 'lund' },
    received: Date.UTC(2026, 10, 22, 8, 0, 0, 131),
    declaration: declared(),
    id: ID,
    operation: 'initialized',
    resync: false,
    ...change,
  });
}

/** The text of one item of that declared type, as the event has it. */
function convert(type: string, text: Json): Json | undefined {
  const declaration = declared({ data: [{ name: 'value', type }] });
  return event(said({ data: items({ value: text }) }), { declaration }).data['value'];
}

test('an event has every field of the payload, in its order', () => {
  assert.equal(
    JSON.stringify(event(said())),
    `{"id":"${ID}","device":"entrance","serial":"ACCC8E012345","topic":"tns1:Device/tnsaxis:IO/Port",` +
      '"kind":"property","operation":"changed","source":{"port":1},"key":{},"data":{"state":true},"active":true,' +
      '"time":"2026-11-22T08:00:00.123456Z","received":"2026-11-22T08:00:00.131Z","labels":{"site":"lund"}}',
  );
});

describe('a value becomes what its declared type says', () => {
  const rows: [type: string, text: string, value: Json][] = [
    ['xsd:boolean', '1', true],
    ['xsd:boolean', '0', false],
    ['xsd:boolean', 'true', true],
    ['xsd:boolean', 'false', false],
    ['xsd:boolean', ' 1\n', true],
    ['xsd:int', '-3', -3],
    ['xsd:int', '+7', 7],
    ['xsd:int', '-0', 0],
    ['xsd:unsignedByte', '255', 255],
    ['xsd:long', '9007199254740991', 9007199254740991],
    ['xsd:long', '9007199254740992', '9007199254740992'],
    ['xsd:integer', '-9007199254740993', '-9007199254740993'],
    ['xsd:integer', '9'.repeat(100), '9'.repeat(100)],
    ['xsd:double', '112.000000', 112],
    ['xsd:float', '-.5', -0.5],
    ['xsd:decimal', '1e3', 1000],
    ['xsd:string', '1', '1'],
    ['tt:ReferenceToken', '0', '0'],
    ['tt:RelayLogicalState', 'active', 'active'],
    ['xs:int', '5', 5],
    ['int', '5', 5],
  ];
  for (const [type, text, value] of rows) {
    test(`${type} ${JSON.stringify(text.slice(0, 20))}`, () => assert.deepEqual(convert(type, text), value));
  }
});

describe('a value that does not fit its type stays the text that it was', () => {
  const rows: [type: string, text: string][] = [
    ['xsd:boolean', 'yes'],
    ['xsd:boolean', 'TRUE'],
    ['xsd:boolean', ''],
    ['xsd:int', ''],
    ['xsd:int', '1.5'],
    ['xsd:int', '0x10'],
    ['xsd:int', ' n/a '],
    ['xsd:double', 'NaN'],
    ['xsd:double', 'INF'],
    ['xsd:double', '1e999'],
    ['xsd:__proto__', '1'],
    ['xsd:constructor', '1'],
    ['xsd:', '1'],
  ];
  for (const [type, text] of rows) {
    test(`${type} ${JSON.stringify(text)}`, () => assert.equal(convert(type, text), text));
  }
});

test('an element item stays nested whatever its type says', () => {
  assert.deepEqual(convert('xsd:int', { Job: ['1'] }), { Job: ['1'] });
});

test('without a declaration all values stay texts, and the event says so', () => {
  const { data, source, untyped, active } = event(said(), { declaration: undefined });
  assert.deepEqual(
    { data, source, untyped, active },
    {
      data: { state: '1' },
      source: { port: '1' },
      untyped: true,
      active: undefined,
    },
  );
});

test('an item that a declared topic does not declare is kept as text', () => {
  const { data, untyped } = event(said({ data: items({ state: '0', extra: '1' }) }));
  assert.deepEqual(data, { state: false, extra: '1' });
  assert.equal(untyped, undefined);
});

test('a name that comes twice becomes an array, typed, in order; one of arrays too', () => {
  const repeated = ['1', '0', 'x'].map(value => ({ name: 'state', value }));
  assert.deepEqual(event(said({ data: repeated })).data, { state: [true, false, 'x'] });
  const lists = [['a'], ['b']].map(value => ({ name: 'list', value }));
  assert.deepEqual(event(said({ data: lists })).data, { list: [['a'], ['b']] });
});

test('__proto__ and the names of Object.prototype are names like any other', () => {
  const names = ['__proto__', '__proto__', 'constructor', 'toString'];
  const { data } = event(said({ data: names.map(name => ({ name, value: name })) }));
  assert.equal(
    JSON.stringify(data),
    '{"__proto__":["__proto__","__proto__"],"constructor":"constructor","toString":"toString"}',
  );
  assert.equal(Object.getPrototypeOf(data), Object.prototype);
});

describe('a topic is a property where its message or its declaration says so', () => {
  const rows: [what: string, Notification, TopicDeclaration | undefined, kind: string][] = [
    ['the message alone', said(), undefined, 'property'],
    ['the declaration alone', saidPulse(), declared(), 'property'],
    ['the message against the declaration', said(), declared({ property: false }), 'property'],
    ['neither', saidPulse(), declared({ property: false }), 'event'],
    ['nobody', saidPulse(), undefined, 'event'],
  ];
  for (const [what, notification, declaration, kind] of rows) {
    test(what, () => assert.equal(kindOf(notification, declaration), kind));
  }
});

test('the operation is what the message says, else what the connection knows; a pulse has none', () => {
  assert.equal(event(said({ operation: 'deleted' })).operation, 'deleted');
  assert.equal(event(saidPulse(), { operation: 'changed' }).operation, 'changed');
  const pulse = event(saidPulse(), { declaration: undefined });
  assert.equal(pulse.operation, undefined);
  assert.equal(JSON.stringify(pulse).includes('operation'), false);
});

test('active is the declared state item, absent where the message lacks it', () => {
  const data = [{ name: 'state', type: 'xsd:boolean' }];
  assert.equal(event(said({ data: items({ state: '0' }) })).active, false);
  assert.equal(event(said(), { declaration: declared({ data }) }).active, undefined);
  assert.equal(event(said({ operation: 'deleted', data: [] })).active, undefined);
});

describe('active is a boolean or absent, and data keep the word of the device', () => {
  const rows: [type: string, text: string, active: boolean | undefined, data: Json][] = [
    ['xsd:boolean', '1', true, true],
    ['xsd:boolean', 'True', true, 'True'],
    ['xsd:boolean', ' FALSE ', false, ' FALSE '],
    ['xsd:boolean', 'active', true, 'active'],
    ['tt:RelayLogicalState', 'active', true, 'active'],
    ['tt:RelayLogicalState', 'inactive', false, 'inactive'],
    ['xsd:string', 'ON', true, 'ON'],
    ['xsd:string', 'Off', false, 'Off'],
    ['xsd:string', 'open', undefined, 'open'],
    ['xsd:string', '', undefined, ''],
    ['xsd:int', '1', undefined, 1],
    ['xsd:double', '0', undefined, 0],
  ];
  for (const [type, text, active, value] of rows) {
    test(`${type} ${JSON.stringify(text)}`, () => {
      const declaration = declared({ data: [{ name: 'state', type, state: true }] });
      const made = event(said({ data: items({ state: text }) }), { declaration });
      assert.deepEqual([made.active, made.data['state']], [active, value]);
    });
  }

  test('absent where the state is nested, null, or comes twice', () => {
    const states = [items({ state: { a: true } }), items({ state: null })];
    const twice = [...items({ state: '1' }), ...items({ state: '1' })];
    for (const data of [...states, twice]) assert.equal(event(said({ data })).active, undefined);
  });
});

test('a change while nobody listened is marked, and only then', () => {
  assert.equal(event(said(), { resync: true }).resync, true);
  assert.equal(JSON.stringify(event(said())).includes('resync'), false);
});

describe('the id of an occurrence', () => {
  const notification = said();
  const id = (change: Partial<Notification> = {}, serial = SERIAL, repeat = 0) => {
    const other = { ...notification, ...change };
    return occurrenceId(serial, identify(other), other.time, repeat);
  };

  test('is the same from every bridge and every version', () => {
    // Computed apart from the code, from the definition: no change of the code may change it.
    assert.equal(id(), 'bd574302e778adb0ef98161b85296c05');
  });

  test('differs by whatever tells occurrences apart', () => {
    const others = [
      id({}, '00408C000000'),
      id({ topic: 'tns1:Device/tnsaxis:IO/VirtualPort' }),
      id({ source: items({ port: '2' }) }),
      id({ source: [], key: items({ port: '1' }) }),
      id({ data: items({ state: '0' }) }),
      id({ data: items({ stat: 'e1' }) }),
      id({ time: '2026-11-22T08:00:00.123457Z' }),
      id({}, SERIAL, 1),
      id({}, SERIAL, 2),
    ];
    assert.equal(new Set([id(), ...others]).size, others.length + 1);
    for (const other of others) assert.match(other, /^[0-9a-f]{32}$/);
  });

  test('does not depend on the operation: an initialized state is told again with its time', () => {
    assert.equal(id({ operation: 'initialized' }), id());
  });

  test('is random where the device said no time', () => {
    assert.match(id({ time: null }), /^[0-9a-f]{32}$/);
    assert.notEqual(id({ time: null }), id({ time: null }));
  });
});

test('a property is the same in whatever order its items come, those of one name in theirs', () => {
  const place = (source: Notification['source']) => identify(said({ source })).place;
  const [a, b, again] = [
    { name: 'VideoSource', value: '0' },
    { name: 'RuleName', value: 'P' },
    { name: 'RuleName', value: 'Q' },
  ] as const;
  assert.equal(place([a, b]), place([b, a]));
  assert.equal(place([a, b, again]), place([b, again, a]));
  assert.notEqual(place([b, again]), place([again, b]));
});
