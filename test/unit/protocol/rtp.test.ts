import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hasGoodbye } from '../../../src/protocol/rtcp.ts';
import { createAssembler, readRtp } from '../../../src/protocol/rtp.ts';

interface Fields {
  sequence: number;
  marker?: boolean;
  text?: string;
  ssrc?: number;
}

function rtp({ sequence, marker = false, text = '', ssrc = 1 }: Fields): Buffer {
  const head = Buffer.alloc(12);
  head[0] = 0x80;
  head[1] = 98 | (marker ? 0x80 : 0);
  head.writeUInt16BE(sequence, 2);
  head.writeUInt32BE(ssrc, 8);
  return Buffer.concat([head, Buffer.from(text)]);
}

function assemble(packets: Fields[], maxBytes = 1000): string[] {
  const events: string[] = [];
  const assembler = createAssembler({
    maxBytes,
    onDocument: document => void events.push(document.toString()),
    onGap: () => void events.push('GAP'),
    onTooLarge: beginning => void events.push(`LARGE ${beginning.toString()}`),
  });
  for (const fields of packets) {
    const lent = rtp(fields);
    const packet = readRtp(lent);
    if (packet !== undefined) assembler.push(packet);
    lent.fill(0xff);
  }
  return events;
}

describe('an RTP packet', () => {
  test('is read past contributing sources, extension and padding', () => {
    const packet = Buffer.from('b2e2000700000000000000090000000100000002abcd0001deadbeef6869000003', 'hex');
    const read = readRtp(packet);
    assert.deepEqual(
      { ...read, payload: read?.payload.toString() },
      { marker: true, sequence: 7, ssrc: 9, payload: 'hi' },
    );
  });

  test('that is shorter than its own header says is none', () => {
    for (const hex of [
      '',
      '80e2',
      '8fe2000700000000000000090000',
      '90e200070000000000000009abcd',
      'a0e20007000000000000000968ff',
      '00e200070000000000000009',
    ]) {
      assert.equal(readRtp(Buffer.from(hex, 'hex')), undefined, hex);
    }
  });
});

describe('documents', () => {
  test('end with the marker, whatever number of packets they take', () => {
    assert.deepEqual(
      assemble([
        { sequence: 65534, marker: true, text: 'one' },
        { sequence: 65535, text: 'tw' },
        { sequence: 0, marker: true, text: 'o' },
        { sequence: 1, marker: true },
        { sequence: 2, marker: true, text: 'three' },
      ]),
      ['one', 'two', 'three'],
    );
  });

  test('in one packet are not copied', () => {
    const packet = readRtp(rtp({ sequence: 1, marker: true, text: 'one' }));
    assert.ok(packet);
    const push = (document: Buffer) => assert.equal(document, packet.payload);
    createAssembler({
      maxBytes: 10,
      onDocument: push,
      onGap: assert.fail,
      onTooLarge: () => assert.fail(),
    }).push(packet);
  });

  test('with a gap are discarded up to the next end, and counted once', () => {
    assert.deepEqual(
      assemble([
        { sequence: 1, text: 'half' },
        { sequence: 3, text: 'other' },
        { sequence: 4, marker: true, text: 'half' },
        { sequence: 5, marker: true, text: 'whole' },
      ]),
      ['GAP', 'whole'],
    );
  });

  test('of a new sender start afresh', () => {
    assert.deepEqual(
      assemble([
        { sequence: 1, marker: true, text: 'a' },
        { sequence: 900, marker: true, text: 'b', ssrc: 2 },
      ]),
      ['a', 'b'],
    );
  });

  test('that are too large, or in endless packets, are discarded', () => {
    const large = [
      { sequence: 1, text: '12345' },
      { sequence: 2, text: '67890' },
      { sequence: 3, text: '1' },
      { sequence: 4, marker: true },
      { sequence: 5, marker: true, text: 'next' },
    ];
    assert.deepEqual(assemble(large, 10), ['LARGE 1234567890', 'next']);
    const endless = Array.from({ length: 5000 }, (_, sequence) => ({ sequence }));
    assert.deepEqual(assemble(endless), ['LARGE ']);
  });
});

test('a goodbye is found in a compound RTCP packet, and in no other', () => {
  const report = '80c80001000000ff';
  assert.ok(hasGoodbye(Buffer.from(`${report}81cb0001000000ff`, 'hex')));
  assert.ok(!hasGoodbye(Buffer.from(report, 'hex')));
  assert.ok(!hasGoodbye(Buffer.from('80', 'hex')));
});
