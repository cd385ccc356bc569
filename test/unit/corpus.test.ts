// Real messages of real devices through every reader: each yields what it holds, or says in one error why it cannot.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { decodeEventInstances } from '../../src/protocol/event-instances.ts';
import { readMetadata } from '../../src/protocol/metadata.ts';
import { createAssembler, readRtp } from '../../src/protocol/rtp.ts';
import { createRtspParser, type RtspResponse } from '../../src/protocol/rtsp.ts';
import { readMetadataTrack } from '../../src/protocol/sdp.ts';
import { readXmlTree } from '../../src/protocol/xml-tree.ts';
import { isBridgeError } from '../../src/util/errors.ts';
import { needCorpus } from '../support/corpus.ts';

const CORPUS = '../shared/corpus';

interface Outcome {
  read: string[];
  refused: string[];
}

/** Reads each file of a folder; whatever is thrown must be one of the bridge's own errors. */
function readAll(folder: string, read: (bytes: Buffer, name: string) => void): Outcome {
  const outcome: Outcome = { read: [], refused: [] };
  for (const name of readdirSync(`${CORPUS}/${folder}`)) {
    try {
      read(readFileSync(`${CORPUS}/${folder}/${name}`), name);
      outcome.read.push(name);
    } catch (error) {
      assert.ok(isBridgeError(error), `${name}: ${error}`);
      outcome.refused.push(`${name} (${error.message})`);
    }
  }
  return outcome;
}

/** How often the text of a document opens an element, whatever its prefix. */
function mentions(bytes: Buffer, element: string): number {
  return bytes.toString('latin1').match(new RegExp(`<(?:\\w+:)?${element}[\\s>/]`, 'g'))?.length ?? 0;
}

function readNotifications(bytes: Buffer, name: string): void {
  const { notifications, unreadable } = readMetadata(bytes);
  assert.deepEqual(unreadable, [], name);
  const empty = bytes.toString('latin1').match(/<wsnt:Topic[^>]*><\/wsnt:Topic>/g)?.length ?? 0;
  assert.equal(notifications.length, mentions(bytes, 'NotificationMessage') - empty, name);
  const items = notifications.flatMap(({ source, key, data }) => [...source, ...key, ...data]);
  assert.equal(items.length, mentions(bytes, 'SimpleItem') + mentions(bytes, 'ElementItem'), name);
  for (const { topic } of notifications) assert.match(topic, /^(tns1|tnsaxis):\S+$/, name);
}

function responses(bytes: Buffer): RtspResponse[] {
  const found: RtspResponse[] = [];
  const parser = createRtspParser({
    onResponse: response => void found.push(response),
    onFrame: assert.fail,
  });
  // Some files end before the blank line, and some bodies before their last line feed.
  parser.push(Buffer.concat([bytes, Buffer.from('\r\n'.repeat(10))]));
  return found;
}

describe('real messages', needCorpus(''), () => {
  test('metadata documents: all but the one that is malformed', t => {
    const { read, refused } = readAll('rtsp-metadata', readNotifications);
    t.diagnostic(`${read.length} read, refused: ${refused}`);
    assert.equal(refused.length, 1);
    assert.match(refused[0] ?? '', /^axis-msl-ptzstatus-malformed/);
  });

  test('PullMessages answers of many makes: every notification with every item', t => {
    const { read, refused } = readAll('onvif-pull', readNotifications);
    t.diagnostic(`${read.length} read, refused: ${refused.join(', ')}`);
    assert.deepEqual(refused, []);
  });

  test('the same answers as SOAP', t => {
    const { read, refused } = readAll('onvif-pull', bytes => void readXmlTree(bytes));
    t.diagnostic(`${read.length} read, refused: ${refused.join(', ')}`);
    assert.ok(read.length >= 57);
  });

  test('declarations: every topic', t => {
    const { read, refused } = readAll('event-instances', (bytes, name) => {
      const topics = bytes.toString().match(/wstop:topic="true"/g)?.length;
      assert.equal(decodeEventInstances(bytes).size, topics, name);
    });
    t.diagnostic(`${read.length} read, refused: ${refused}`);
    assert.deepEqual(refused, []);
  });

  test('RTP packets: documents out of their fragments', () => {
    const documents: string[] = [];
    const assembler = createAssembler({
      maxBytes: 256 * 1024,
      onDocument: document => void documents.push(document.toString()),
      onGap: assert.fail,
      onTooLarge: () => assert.fail(),
    });
    for (const name of ['axis-rtp-packet2-fragment1.bin', 'axis-rtp-packet2-fragment2.bin']) {
      const packet = readRtp(readFileSync(`${CORPUS}/rtp/${name}`));
      assert.ok(packet);
      assembler.push(packet);
    }
    const [notification] = readMetadata(documents.join()).notifications;
    assert.match(notification?.topic ?? '', /xinternal_data$/);
    readAll('rtp', bytes => assert.ok(readRtp(bytes)));
  });

  test('RTSP responses: each one with its status', () => {
    const { refused } = readAll('rtsp', (bytes, name) => {
      const [response] = responses(bytes);
      assert.equal(response?.status, Number(bytes.toString('latin1', 9, 12)), name);
    });
    assert.deepEqual(refused, []);
  });

  test('session descriptions: the metadata stream, or that there is none', t => {
    const { read, refused } = readAll('sdp', (bytes, name) => {
      const { url } = readMetadataTrack(bytes.toString(), 'rtsp://192.0.2.1/base/');
      assert.match(url, /^rtsp:\/\//, name);
    });
    t.diagnostic(`${read.length} with metadata, refused: ${refused.join(', ')}`);
    assert.deepEqual(read, [
      'axis-kane610-successful_connect.sdp',
      'geovision-sdp.sdp',
      'unknown-go2rtc-testbugsdp6.sdp',
      'unknown-go2rtc-testbugsdp7.sdp',
      'unknown-gortsplib-unordered-global-attributes.sdp',
    ]);
  });
});
