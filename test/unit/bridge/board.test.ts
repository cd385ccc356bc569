// What is shown of the present, to all brokers or to one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBoard } from '../../../src/bridge/board.ts';
import type { Payload, Present } from '../../../src/mqtt/present.ts';

function createPresent(): { present: Present; shown: Map<string, Payload> } {
  const shown = new Map<string, Payload>();
  const present = {
    set: (topic: string, payload: Payload) => void shown.set(topic, payload),
    delete: (topic: string) => void shown.delete(topic),
  };
  return { present, shown };
}

test('each broker is shown what is for all and what is for it, before it came and after', () => {
  const board = createBoard();
  const [main, cloud] = [createPresent(), createPresent()];
  board.attach('main', main.present);
  board.set('all', '1');
  board.set('own', '2', 'cloud');
  board.set('own', '3', 'main');
  board.set('later', '4', 'gone');
  board.attach('cloud', cloud.present);
  board.set('all', '5');
  assert.deepEqual([...main.shown], Object.entries({ all: '5', own: '3' }));
  assert.deepEqual([...cloud.shown], Object.entries({ all: '5', own: '2' }));
});

test('what is deleted goes where it was shown, and is not shown later', () => {
  const board = createBoard();
  const [main, cloud] = [createPresent(), createPresent()];
  board.attach('main', main.present);
  board.set('own', '1', 'main');
  board.set('own', '2', 'cloud');
  board.set('all', '3');
  board.delete('own', 'cloud');
  board.delete('all');
  board.attach('cloud', cloud.present);
  assert.deepEqual([...main.shown], [['own', '1']]);
  assert.deepEqual([...cloud.shown], []);
});

test('a broker that is detached is told nothing more', () => {
  const board = createBoard();
  const { present, shown } = createPresent();
  board.attach('main', present)();
  board.set('all', '1');
  assert.deepEqual([...shown], []);
});
