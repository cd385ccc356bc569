import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readMetadataTrack } from '../../../src/protocol/sdp.ts';
import { isBridgeError } from '../../../src/util/errors.ts';

const BASE = 'rtsp://192.0.2.1/axis-media/media.amp/';
const REQUEST = 'rtsp://192.0.2.1/axis-media/media.amp?video=0&event=on';

function sdp({ session = '', control = 'stream=0', encoding = 'vnd.onvif.metadata', before = '' }): string {
  return `v=0\r\n${session === '' ? '' : `a=control:${session}\r\n`}${before}m=application 0 RTP/AVP 98\r\na=rtpmap:98 ${encoding}/90000\r\na=control:${control}\r\n`;
}

describe('the metadata stream', () => {
  test('is set up and played at the absolute URLs that Axis devices give', () => {
    const session = 'rtsp://192.0.2.1/axis-media/media.amp?video=0&event=on';
    const control = 'rtsp://192.0.2.1/axis-media/media.amp/stream=0?video=0&event=on';
    assert.deepEqual(readMetadataTrack(sdp({ session, control }), BASE), {
      url: control,
      aggregateUrl: session,
    });
  });

  const relative: [control: string, base: string, url: string][] = [
    ['stream=0', BASE, `${BASE}stream=0`],
    ['stream=0', REQUEST, 'rtsp://192.0.2.1/axis-media/media.amp/stream=0?video=0&event=on'],
    ['stream=0?event=on', REQUEST, 'rtsp://192.0.2.1/axis-media/media.amp/stream=0?event=on'],
    ['?ctype=app106', BASE, `${BASE}?ctype=app106`],
    ['/other/track', REQUEST, 'rtsp://192.0.2.1/other/track?video=0&event=on'],
    ['*', REQUEST, REQUEST],
    ['', BASE, BASE],
  ];
  for (const [control, base, url] of relative) {
    test(`at ${JSON.stringify(control)} below ${base}`, () =>
      assert.equal(readMetadataTrack(sdp({ control }), base).url, url));
  }

  test('is played at the base where the session names no URL', () => {
    assert.equal(readMetadataTrack(sdp({}), BASE).aggregateUrl, BASE);
    assert.equal(readMetadataTrack(sdp({ session: '*' }), BASE).aggregateUrl, BASE);
  });

  test('is told from other application media, in any case, and taken without an rtpmap', () => {
    const before =
      'm=video 0 RTP/AVP 96\r\na=control:video\r\nm=application 0 RTP/AVP 99\r\na=rtpmap:99 vnd.svg.data/90000\r\na=control:svg\r\n';
    assert.equal(
      readMetadataTrack(sdp({ before, encoding: 'VND.ONVIF.METADATA' }), BASE).url,
      `${BASE}stream=0`,
    );
    assert.equal(readMetadataTrack('m=application 0 RTP/AVP 98\na=control:x', BASE).url, `${BASE}x`);
  });

  test('that is missing, or compressed, is not supported', () => {
    for (const text of [
      'v=0\r\n',
      '',
      sdp({ encoding: 'vnd.onvif.metadata+gzip' }),
      'm=video 0 RTP/AVP 96\r\na=control:x\r\n',
    ]) {
      assert.throws(
        () => readMetadataTrack(text, BASE),
        error => isBridgeError(error) && error.code === 'UNSUPPORTED',
      );
    }
  });
});
