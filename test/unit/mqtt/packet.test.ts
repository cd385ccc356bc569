import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { measure, PUBREL_SIZE, problemOf, writePublish, writePubrel } from '../../../src/mqtt/packet.ts';
import type { Message, ProtocolVersion } from '../../../src/mqtt/types.ts';

const MESSAGE: Message = {
  topic: 'a/b',
  payload: '{}',
  qos: 1,
  retain: false,
  expiry: 0,
  id: '',
  seq: 0,
  device: '',
};

function encode(change: Partial<Message>, version: ProtocolVersion, packetId = 0x1234): Buffer {
  const message = { ...MESSAGE, ...change };
  const size = measure(message, version);
  const target = Buffer.alloc(size.total + 2, 0xee);
  const end = writePublish(target, 1, { message, packetId, version, size });
  assert.equal(end, size.total + 1, 'it writes as many bytes as it measured');
  assert.deepEqual([target[0], target[end]], [0xee, 0xee], 'and none beside them');
  return target.subarray(1, end);
}

describe('PUBLISH', () => {
  test('MQTT 3.1.1, by the letter (§3.3)', () => {
    const body = [0, 3, ...Buffer.from('a/b')];
    assert.deepEqual([...encode({}, 4)], [0x32, 9, ...body, 0x12, 0x34, 0x7b, 0x7d]);
    assert.deepEqual([...encode({ qos: 0, retain: true }, 4)], [0x31, 7, ...body, 0x7b, 0x7d]);
    assert.deepEqual([...encode({ qos: 2, payload: '' }, 4)], [0x34, 7, ...body, 0x12, 0x34]);
  });

  test('MQTT 5 with every property (§3.3.2.3)', () => {
    const packet = encode({ expiry: 60, id: 'i', seq: 7, device: 'd', correlation: 'AP8=' }, 5);
    const properties = [
      ...[0x01, 1],
      ...[0x03, 0, 16, ...Buffer.from('application/json')],
      ...[0x02, 0, 0, 0, 60],
      ...[0x09, 0, 2, 0x00, 0xff],
      ...[0x26, 0, 2, ...Buffer.from('id'), 0, 1, ...Buffer.from('i')],
      ...[0x26, 0, 3, ...Buffer.from('seq'), 0, 1, ...Buffer.from('7')],
      ...[0x26, 0, 6, ...Buffer.from('device'), 0, 1, ...Buffer.from('d')],
    ];
    const body = [0, 3, ...Buffer.from('a/b'), 0x12, 0x34, properties.length, ...properties, 0x7b, 0x7d];
    assert.deepEqual([...packet], [0x32, body.length, ...body]);
  });

  test('MQTT 5 of an empty message without an id has no properties', () => {
    assert.deepEqual([...encode({ payload: '' }, 5)], [0x32, 8, 0, 3, ...Buffer.from('a/b'), 0x12, 0x34, 0]);
  });

  for (const [remaining, length] of [
    [127, [0x7f]],
    [128, [0x80, 1]],
    [16_383, [0xff, 0x7f]],
    [16_384, [0x80, 0x80, 1]],
    [2_097_152, [0x80, 0x80, 0x80, 1]],
  ] as const) {
    test(`the length ${remaining} takes ${length.length} bytes (§2.1.4)`, () => {
      const packet = encode({ payload: 'x'.repeat(remaining - 7) }, 4);
      assert.deepEqual([...packet.subarray(1, 1 + length.length)], [...length]);
      assert.equal(packet.length, 1 + length.length + remaining);
    });
  }

  test('text is counted in bytes, not in characters', () => {
    const packet = encode({ topic: 'é', payload: '"入"', id: 'ü', device: '🚪' }, 5);
    assert.ok(packet.includes(Buffer.from('é')) && packet.includes(Buffer.from('🚪')));
    assert.ok(packet.subarray(-5).equals(Buffer.from('"入"')));
  });
});

test('PUBREL has its fixed flags (§3.6.1)', () => {
  const target = Buffer.alloc(PUBREL_SIZE);
  assert.equal(writePubrel(target, 0, 0x1234), PUBREL_SIZE);
  assert.deepEqual([...target], [0x62, 2, 0x12, 0x34]);
});

test('what no broker takes is found before it is sent', () => {
  const problem = (topic: string, maximum = 1_000) => {
    const message = { ...MESSAGE, topic };
    return problemOf(message, measure(message, 5), maximum);
  };
  assert.equal(problem('a/b'), undefined);
  assert.match(problem('') ?? '', /empty/);
  for (const topic of ['a/+', '#', 'a\0', 'a\n', 'a\u009f', 'a\uffff'])
    assert.match(problem(topic) ?? '', /wildcard/);
  assert.match(problem('x'.repeat(65_536), Number.POSITIVE_INFINITY) ?? '', /65,535/);
  assert.match(problem('x'.repeat(1_000)) ?? '', /too large/);
});
