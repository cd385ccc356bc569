import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ack, Frames, type Oversize } from '../../../src/mqtt/frames.ts';

const PING = [0xd0, 0];
const message = (length: number) => [
  0x30,
  0x80 | (length & 0x7f),
  length >> 7,
  0,
  1,
  65,
  ...Array(length - 3).fill(0x82),
];

/** Takes the bytes in pieces of `step`; gives what became of them. */
function cut(
  bytes: readonly number[],
  step: number,
  { max = 1_000, known = [1, 2, 3], passesOver = true } = {},
) {
  const passed: number[] = [];
  const acks: Ack[] = [];
  const oversize: Oversize[] = [];
  let tooLarge = 0;
  const frames = new Frames({
    max,
    tooLarge: () => {
      tooLarge += 1;
    },
    pass: part => void passed.push(...part),
  });
  frames.acknowledge = ack => {
    acks.push(ack);
    return known.includes(ack.messageId ?? 0);
  };
  if (passesOver) frames.passOver = lost => void oversize.push(lost);
  for (let at = 0; at < bytes.length; at += step) frames.take(Buffer.from(bytes.slice(at, at + step)));
  return { passed, acks, oversize, tooLarge };
}

/** However the bytes are cut. */
function eachCut(
  bytes: readonly number[],
  options: Parameters<typeof cut>[2],
  check: (got: ReturnType<typeof cut>) => void,
) {
  for (const step of [1, 2, 3, 5, 7, 64, bytes.length]) check(cut(bytes, step, options));
}

test('what is no answer to a publish is passed on as it came', () => {
  const bytes = [...PING, ...message(128), 0x62, 2, 0, 1, ...message(1_000), ...PING, 0x90, 3, 0, 1, 0];
  eachCut(bytes, {}, ({ passed, tooLarge }) => {
    assert.deepEqual(passed, bytes);
    assert.equal(tooLarge, 0);
  });
});

test('an answer to a publish is taken out, one to nothing is passed on', () => {
  const refused = [0x40, 4, 0, 2, 0x97, 0];
  const strange = [0x70, 2, 0, 9];
  eachCut(
    [...PING, 0x40, 2, 0, 1, ...refused, ...strange, 0x50, 2, 0, 3, ...PING],
    {},
    ({ passed, acks }) => {
      assert.deepEqual(passed, [...PING, ...strange, ...PING]);
      assert.deepEqual(acks, [
        { cmd: 'puback', messageId: 1, reasonCode: 0 },
        { cmd: 'puback', messageId: 2, reasonCode: 0x97 },
        { cmd: 'pubcomp', messageId: 9, reasonCode: 0 },
        { cmd: 'pubrec', messageId: 3, reasonCode: 0 },
      ]);
    },
  );
});

test('an answer that is none is left to the library, with what follows', () => {
  const bytes = [0x40, 1, 0, 0x42, 2, 0, 1, 0x40, 0xff, 1, ...Array(255).fill(0)];
  eachCut(bytes, {}, ({ passed, acks }) => {
    assert.deepEqual(passed, bytes);
    assert.deepEqual(acks, []);
  });
});

test('a message past the bound is passed over, and known by its topic; its neighbours pass', () => {
  const large = (first: number, id: number[]) => [
    first,
    0x81,
    1,
    0,
    2,
    97,
    98,
    ...id,
    ...Array(125 - id.length).fill(0x40),
  ];
  const bytes = [
    ...PING,
    ...large(0x31, []),
    ...message(128),
    ...large(0x3a, [1, 4]),
    ...large(0x34, [0, 5]),
    ...PING,
  ];
  eachCut(bytes, { max: 128 }, ({ passed, oversize, acks, tooLarge }) => {
    assert.deepEqual(passed, [...PING, ...message(128), ...PING]);
    assert.deepEqual(oversize, [
      { topic: 'ab', qos: 0, packetId: 0, bytes: 129 },
      { topic: 'ab', qos: 1, packetId: 260, bytes: 129 },
      { topic: 'ab', qos: 2, packetId: 5, bytes: 129 },
    ]);
    assert.deepEqual([acks, tooLarge], [[], 0]);
  });
});

test('a packet past the bound that is not passed over is told of once, as soon as its length is read', () => {
  const bytes = [...PING, 0x30, 0x80, 1];
  assert.equal(cut(bytes, 1, { max: 127, passesOver: false }).tooLarge, 1);
  assert.equal(cut([...bytes, ...message(128)], 1, { max: 127, passesOver: false }).tooLarge, 1);
  assert.equal(cut([0x20, 0x80, 1], 1, { max: 127 }).tooLarge, 1);
  assert.deepEqual(cut([...bytes, 1, 2, 3], 2, { max: 127, passesOver: false }).passed, PING);
});

test('a message past the bound is known by the longest topic that there is', () => {
  const topic = 'x'.repeat(0xffff);
  // 65,540 bytes behind the length: the topic's length, the topic, the packet identifier and a byte of payload.
  const bytes = [0x32, 0x84, 0x80, 4, 0xff, 0xff, ...Buffer.from(topic), 0, 7, 1, ...PING];
  for (const step of [1_000, 65_541, bytes.length]) {
    const { passed, oversize, tooLarge } = cut(bytes, step, { max: 65_536 });
    assert.deepEqual(oversize, [{ topic, qos: 1, packetId: 7, bytes: 65_540 }]);
    assert.deepEqual([passed, tooLarge], [PING, 0]);
  }
});

test('a length of more than four bytes is none', () => {
  assert.equal(cut([0x30, 0x80, 0x80, 0x80, 0x80, 1], 1, { max: Number.POSITIVE_INFINITY }).tooLarge, 1);
});
