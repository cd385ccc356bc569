import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFrameGuard } from '../../../src/mqtt/frames.ts';

const PACKETS = [
  [0xd0, 0],
  [0x40, 2, 0, 1],
  [0x30, 0x80, 1, ...Array(128).fill(0x82)],
  [0xd0, 0],
];

function guard(max: number) {
  let calls = 0;
  const feed = createFrameGuard(max, () => {
    calls += 1;
  });
  return { feed, calls: () => calls };
}

test('packets within the bound pass, however they are cut', () => {
  const bytes = Buffer.from(PACKETS.flat());
  for (const step of [1, 2, 3, 7, bytes.length]) {
    const { feed, calls } = guard(128);
    for (let at = 0; at < bytes.length; at += step) feed(bytes.subarray(at, at + step));
    assert.equal(calls(), 0, `in steps of ${step}`);
  }
});

test('a packet past the bound is told of once, as soon as its length is read', () => {
  const { feed, calls } = guard(127);
  feed(Buffer.from([0xd0, 0, 0x30, 0x80]));
  assert.equal(calls(), 0);
  feed(Buffer.from([1]));
  assert.equal(calls(), 1);
  feed(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]));
  assert.equal(calls(), 1);
});

test('a length of more than four bytes is none', () => {
  const { feed, calls } = guard(Number.POSITIVE_INFINITY);
  feed(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80]));
  assert.equal(calls(), 1);
});
