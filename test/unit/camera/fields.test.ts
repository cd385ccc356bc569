import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTrim, type FieldRule } from '../../../src/camera/fields.ts';
import { createSession } from '../../../src/camera/session.ts';
import { createStates } from '../../../src/camera/states.ts';
import type { Item, Json } from '../../../src/event.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { items, SERIAL, saidPulse } from '../../support/notification.ts';
import { createHouse } from './helper.ts';

const PLATES = 'tnsaxis:CameraApplicationPlatform/ALPV.AllPlates';

function rule(change: Partial<FieldRule> = {}): FieldRule {
  return { topic: '**', name: 'lpImage', over: 4, do: 'drop', ...change };
}

/** What the rules leave of these data items, and what they say of it; undefined where they leave all. */
function trim(rules: readonly FieldRule[], data: readonly Item[], topic = PLATES) {
  const trimmed = createTrim(rules)(saidPulse({ topic, data: [...data] }));
  return trimmed && { data: trimmed.said.data, cut: trimmed.cut, dropped: trimmed.dropped };
}

const image = (value: Json) => items({ text: 'AB123', lpImage: value });

describe('a large data item', () => {
  test('is taken out, the others stay as they were', () => {
    assert.deepEqual(trim([rule()], image('12345')), {
      data: items({ text: 'AB123' }),
      cut: undefined,
      dropped: ['lpImage'],
    });
  });

  test('is cut to so many bytes', () => {
    assert.deepEqual(trim([rule({ do: 'cut' })], image('12345')), {
      data: items({ text: 'AB123', lpImage: '1234' }),
      cut: ['lpImage'],
      dropped: undefined,
    });
  });

  test('is only one that has more bytes than that', () => {
    assert.equal(trim([rule()], image('1234')), undefined);
    assert.equal(trim([rule({ over: 0 })], image('')), undefined);
    assert.notEqual(trim([rule({ over: 0 })], image('1')), undefined);
  });

  test('is kept by a rule that says so, in front of one that does not', () => {
    assert.equal(trim([rule({ do: 'keep' }), rule()], image('12345')), undefined);
  });

  test('has another name, or stands in another topic, and is left alone', () => {
    assert.equal(trim([rule({ name: 'lpimage' })], image('12345')), undefined);
    assert.equal(trim([rule({ topic: 'tns1:Device/**' })], image('12345')), undefined);
  });
});

test('of several rules the first that fits counts, its size too', () => {
  const rules = [rule({ over: 8 }), rule({ over: 4, do: 'cut' })];
  assert.deepEqual(trim(rules, image('123456789'))?.dropped, ['lpImage']);
  assert.deepEqual(trim(rules, image('12345678'))?.cut, ['lpImage']);
  assert.equal(trim(rules, image('1234')), undefined);
});

test('each topic has its own rules, also when it comes again', () => {
  const made = createTrim([rule({ topic: '**/ALPV.AllPlates' }), rule({ topic: 'tns1:A/**', do: 'cut' })]);
  const fates = [PLATES, 'tns1:A', 'tnsaxis:B', PLATES, 'tns1:A', 'tnsaxis:B'].map(topic => {
    const trimmed = made(saidPulse({ topic, data: image('12345') }));
    return trimmed && (trimmed.cut ? 'cut' : 'dropped');
  });
  assert.deepEqual(fates, ['dropped', 'cut', undefined, 'dropped', 'cut', undefined]);
});

describe('a text is cut between two characters', () => {
  const rows: [text: string, over: number, left: string][] = [
    ['åäö', 4, 'åä'],
    ['åäö', 3, 'å'],
    ['a€b', 3, 'a'],
    ['a€b', 4, 'a€'],
    ['😀😀', 7, '😀'],
    ['😀', 3, ''],
    ['\ud800\ud800', 3, '\ud800'],
    ['long', 0, ''],
  ];
  for (const [text, over, left] of rows) {
    test(`${JSON.stringify(text)} to ${over} bytes`, () => {
      const [, cut] = trim([rule({ do: 'cut', over })], image(text))?.data ?? [];
      assert.equal(cut?.value, left);
    });
  }
});

test('of a name that comes twice each is judged, and named once', () => {
  const twice = ['12345', '1', '123456'].map(value => ({ name: 'lpImage', value }));
  assert.deepEqual(trim([rule({ do: 'cut' })], twice), {
    data: ['1234', '1', '1234'].map(value => ({ name: 'lpImage', value })),
    cut: ['lpImage'],
    dropped: undefined,
  });
});

test('a nested value is measured as JSON, and half of it is none', () => {
  assert.deepEqual(trim([rule({ do: 'cut' })], image({ a: '' }))?.dropped, ['lpImage']);
  assert.equal(trim([rule({ over: 8 })], image({ a: '' })), undefined);
});

test('__proto__ is a name like any other', () => {
  const data = [{ name: '__proto__', value: '12345' }];
  assert.deepEqual(trim([rule({ name: '__proto__' })], data)?.dropped, ['__proto__']);
  assert.equal(trim([rule()], data), undefined);
});

test('source and key are never touched', () => {
  const whole = saidPulse({ source: items({ lpImage: '12345' }), key: items({ lpImage: '12345' }) });
  assert.equal(createTrim([rule()])(whole), undefined);
});

test('the event says what it lacks, and its id stays that of what the device said', async () => {
  const deliver = async (rules: readonly FieldRule[]) => {
    const house = createHouse();
    const { notes, outlet } = house;
    const states = createStates({ device: 'entrance', notes, intern: text => text });
    const { take } = createSession({
      device: 'entrance',
      serial: SERIAL,
      labels: {},
      declarations: undefined,
      reread: async () => undefined,
      wants: () => true,
      unreadable: () => undefined,
      trim: createTrim(rules),
      states,
      outlet,
      clock: createFakeClock(),
    });
    await take(
      saidPulse({ topic: PLATES, source: [], data: [...image('12345'), ...items({ svg: '12345' })] }),
    );
    return house.deliveries[0] ?? assert.fail();
  };
  const whole = await deliver([]);
  const { event, said } = await deliver([rule(), rule({ name: 'svg', do: 'cut' })]);
  assert.match(JSON.stringify(event), /"dropped":\["lpImage"\]/);
  assert.deepEqual([event.data, event.cut], [{ text: 'AB123', svg: '1234' }, ['svg']]);
  assert.deepEqual(said.data, items({ text: 'AB123', svg: '1234' }));
  assert.equal(event.id, whole.event.id);
  assert.doesNotMatch(JSON.stringify(whole.event), /cut|dropped/);
});
