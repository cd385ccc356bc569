import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRtspParser, formatRequest, header, type RtspResponse } from '../../../src/protocol/rtsp.ts';
import { isBridgeError } from '../../../src/util/errors.ts';

const FRAME = Buffer.from([0x24, 0, 0, 3, 1, 2, 3]);
const EMPTY_FRAME = Buffer.from([0x24, 1, 0, 0]);
const DESCRIBED = Buffer.from('RTSP/1.0 200 OK\r\nCSeq: 2\r\ncontent-LENGTH: 5\r\n\r\nv=0\r\n');
const PONG = Buffer.from('RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n');

interface Read {
  responses: RtspResponse[];
  frames: [number, string][];
}

function read(...chunks: Buffer[]): Read {
  const result: Read = { responses: [], frames: [] };
  const parser = createRtspParser({
    onResponse: response => void result.responses.push(response),
    onFrame: (channel, payload) => void result.frames.push([channel, payload.toString('hex')]),
  });
  for (const chunk of chunks) {
    const lent = Buffer.from(chunk);
    parser.push(lent);
    lent.fill(0xff);
  }
  return result;
}

function one(text: string): RtspResponse {
  const [response] = read(Buffer.from(text)).responses;
  assert.ok(response);
  return response;
}

describe('the stream parser', () => {
  const stream = Buffer.concat([DESCRIBED, FRAME, EMPTY_FRAME, PONG, Buffer.from('\r\n'), FRAME, PONG]);
  const whole = read(stream);

  test('tells responses and frames apart', () => {
    assert.deepEqual(whole.frames, [
      [0, '010203'],
      [1, ''],
      [0, '010203'],
    ]);
    assert.deepEqual(
      whole.responses.map(response => [response.status, header(response, 'CSeq'), response.body.toString()]),
      [
        [200, '2', 'v=0\r\n'],
        [200, '3', ''],
        [200, '3', ''],
      ],
    );
  });

  test('gives the same for every split in two, and byte by byte', () => {
    for (let at = 1; at < stream.length; at++)
      assert.deepEqual(read(stream.subarray(0, at), stream.subarray(at)), whole);
    assert.deepEqual(read(...Array.from(stream, byte => Buffer.from([byte]))), whole);
  });

  test('hands out a frame that lies in one chunk without copying it', () => {
    const chunk = Buffer.concat([FRAME, FRAME.subarray(0, 2)]);
    const parser = createRtspParser({
      onResponse: () => assert.fail(),
      onFrame: (_channel, payload) => assert.equal(payload.buffer, chunk.buffer),
    });
    parser.push(chunk);
  });

  test('reads folded and repeated headers, odd case and blanks', () => {
    const response = one(
      'RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm="a",\r\n nonce="b"\r\nwww-authenticate:Basic realm="a"  \r\nno header\r\n\r\n',
    );
    assert.deepEqual(response.headers.get('www-authenticate'), [
      'Digest realm="a", nonce="b"',
      'Basic realm="a"',
    ]);
    assert.equal(response.reason, 'Unauthorized');
  });

  test('takes a bare line feed and a missing reason', () => {
    assert.equal(one('RTSP/1.0 200\nCSeq: 1\n\n').status, 200);
  });

  test("reads over the server's own requests", () => {
    const request = 'SET_PARAMETER rtsp://h/ RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 2\r\n\r\nab';
    assert.deepEqual(read(Buffer.from(request), FRAME), { responses: [], frames: [[0, '010203']] });
  });
});

describe('the stream parser refuses', () => {
  const bad: Record<string, string> = {
    'what is no RTSP': 'SSH-2.0-OpenSSH_9.2\r\n\r\n',
    HTTP: 'HTTP/1.1 400 Bad Request\r\n\r\n',
    'binary garbage before its end is seen': '\x00\x01\x02',
    'a header without end': `RTSP/1.0 200 OK\r\nA: ${'a'.repeat(20_000)}`,
    'too many headers': `RTSP/1.0 200 OK\r\n${'A: b\r\n'.repeat(200)}\r\n`,
    'a body that is too long': 'RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n',
    'a length that is none': 'RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n',
  };
  for (const [name, text] of Object.entries(bad)) {
    test(name, () =>
      assert.throws(
        () => read(Buffer.from(text, 'latin1')),
        error => isBridgeError(error) && error.code === 'PROTOCOL',
      ),
    );
  }

  test('a header without end that comes byte by byte, in bounded time', () => {
    const bytes = Array.from({ length: 20_000 }, () => Buffer.from('A'));
    assert.throws(() => read(Buffer.from('RTSP/1.0 200 OK\r\nA: '), ...bytes));
  });
});

test('a request has its headers in order, without those that have no value', () => {
  const request = {
    method: 'PLAY',
    url: 'rtsp://h/a?b',
    headers: { CSeq: '1', Session: undefined, Range: 'npt=now-' },
  };
  assert.equal(formatRequest(request), 'PLAY rtsp://h/a?b RTSP/1.0\r\nCSeq: 1\r\nRange: npt=now-\r\n\r\n');
});
