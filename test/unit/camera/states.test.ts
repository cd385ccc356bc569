import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStates, type States } from '../../../src/camera/states.ts';
import type { Operation } from '../../../src/event.ts';
import { createHouse } from './helper.ts';

const DEVICE = 'entrance';

function setup() {
  const house = createHouse();
  const open = () => createStates({ device: DEVICE, notes: house.notes, intern: text => text });
  const learn = (states: States, data: string, operation: Operation = 'changed', place = 'port 1') => {
    const learned = states.learn({ place, data }, operation);
    house.keep(learned.notes);
    return learned;
  };
  return { house, open, learn };
}

test('a property is fresh once on each connection', () => {
  const { open, learn } = setup();
  const states = open();
  const fresh = ['0', '1', '1'].map(data => learn(states, data).fresh);
  assert.deepEqual(fresh, [true, false, false]);
  states.connect();
  assert.equal(states.seen({ place: 'port 1', data: '' }), false);
  assert.equal(learn(states, '1', 'initialized').fresh, true);
  assert.equal(states.seen({ place: 'port 1', data: '' }), true);
});

test('an initialized state that differs from before the gap is a resync; the same one, and a first one, is not', () => {
  const { open, learn } = setup();
  const states = open();
  assert.equal(learn(states, '0', 'initialized').resync, false);
  states.connect();
  assert.equal(learn(states, '0', 'initialized').resync, false);
  states.connect();
  assert.equal(learn(states, '1', 'initialized').resync, true);
});

test('only the first report of a connection can be a resync', () => {
  const { open, learn } = setup();
  const states = open();
  learn(states, '0');
  states.connect();
  assert.equal(learn(states, '1', 'changed').resync, false);
  assert.equal(learn(states, '0', 'initialized').resync, false);
});

test('states are known over restarts', () => {
  const { open, learn } = setup();
  learn(open(), '0');
  assert.equal(learn(open(), '1', 'initialized').resync, true);
});

test('a state that one connection does not tell is still known to the next', () => {
  const { open, learn } = setup();
  const states = open();
  learn(states, '0');
  states.connect();
  states.connect();
  assert.equal(learn(states, '1', 'initialized').resync, true);
});

test('only a change is written down', () => {
  const { open, learn } = setup();
  const states = open();
  const written = ['0', '0', '1', '1'].map(data => learn(states, data).notes.length);
  assert.deepEqual(written, [1, 0, 1, 0]);
});

test('a deleted property is forgotten: its next report is a first one', () => {
  const { house, open, learn } = setup();
  const states = open();
  learn(states, '0');
  learn(states, '', 'deleted');
  assert.deepEqual([...house.notes.notes('')], []);
  assert.equal(states.seen({ place: 'port 1', data: '' }), false);
  states.connect();
  assert.equal(learn(states, '1', 'initialized').resync, false);
});

test('a property deleted on the next connection is forgotten too', () => {
  const { house, open, learn } = setup();
  learn(open(), '0');
  learn(open(), '', 'deleted');
  assert.deepEqual([...house.notes.notes('')], []);
});

test('long texts make short notes, and still tell what changed', () => {
  const { house, open, learn } = setup();
  const place = 'p'.repeat(5000);
  const data = 'd'.repeat(300_000);
  learn(open(), data, 'initialized', place);
  for (const { key, value } of house.notes.notes('')) assert.ok(key.length + value.length < 200);
  assert.equal(learn(open(), data, 'initialized', place).resync, false);
  assert.equal(learn(open(), `${data}.`, 'initialized', place).resync, true);
});

test('another device has other states, also one whose ID begins alike', () => {
  const { house, open, learn } = setup();
  learn(open(), '0');
  const other = createStates({ device: 'entr', notes: house.notes, intern: text => text });
  assert.equal(learn(other, '1', 'initialized').resync, false);
});

test('a device that invents properties is remembered up to a bound, and no known one is lost by it', () => {
  const { house, open, learn } = setup();
  const states = open();
  for (let at = 0; at < 10_100; at++) learn(states, '0', 'initialized', `place ${at}`);
  assert.equal([...house.notes.notes('')].length, 10_000);
  assert.equal(learn(states, '1', 'changed', 'place 0').notes.length, 1);
});

test('a device that invents properties anew on every connection does not grow what is kept', () => {
  const { notes } = createHouse();
  const states = createStates({ device: 'entrance', notes, intern: text => text });
  for (let connection = 0; connection < 3; connection++) {
    states.connect();
    for (let n = 0; n < 10_000; n++)
      states.learn(
        { place: `a\n1:p5:${connection}${String(n).padStart(4, '0')}\n`, data: '' },
        'initialized',
      );
  }
  states.connect();
  assert.equal(states.unsaid().length, 10_000);
});

test('a property with a long identity is known as what it is', () => {
  const { notes } = createHouse();
  const states = createStates({ device: 'entrance', notes, intern: text => text });
  const value = 'x'.repeat(400);
  states.learn({ place: `a\n1:p400:${value}\n`, data: '' }, 'initialized');
  states.connect();
  assert.deepEqual(states.unsaid(), [{ topic: 'a', source: [{ name: 'p', value }], key: [] }]);
});
