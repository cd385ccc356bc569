// A large document is read in steps: wherever one of them ends, it is the same document.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readMetadata, readMetadataInSteps } from '../../../src/protocol/metadata.ts';
import { readXmlTree } from '../../../src/protocol/xml-tree.ts';
import { STEP_SIZE } from '../../../src/util/steps.ts';
import { largeDocument } from '../../support/scripted-rtsp.ts';

const PARTS = {
  reference: ['&amp;', '&'],
  'character reference': ['&#x1F600;', '\u{1f600}'],
  'character beyond the first 65,536': ['\u{1f600}', '\u{1f600}'],
  'line end': ['\r\n', '\n'],
  'CDATA section': ['<![CDATA[<]]x]]>', '<]]x'],
  comment: ['<!-- - -->', ''],
} as const;

describe('a step that ends within', () => {
  for (const [name, [written, meant]] of Object.entries(PARTS)) {
    test(`a ${name}`, () => {
      for (let within = 0; within <= written.length; within++) {
        const before = 'x'.repeat(STEP_SIZE - '<a>'.length - within);
        const { text } = readXmlTree(`<a>${before}${written}y</a>`);
        assert.equal(text, `${before}${meant}y`);
      }
    });
  }

  test('a tag, at its end or at that of the document', () => {
    const closing = '</b></a>';
    for (let within = 0; within <= closing.length; within++) {
      const start = '<a><b c="';
      const value = 'x'.repeat(STEP_SIZE - start.length - '">'.length - closing.length + within);
      const { children } = readXmlTree(`${start}${value}">${closing}\0`);
      assert.equal(children[0]?.attributes[0]?.value, value);
    }
  });
});

test('a damaged document is read notification by notification, with a step for each', () => {
  const ports = Array.from({ length: 40 }, (_, index) => `${index}`);
  const document = largeDocument(ports).replaceAll('Value="1"/>', 'Value="&"/>');
  assert.ok(document.length < 2 * STEP_SIZE);
  assert.ok([...readMetadataInSteps(document)].length > ports.length);
  assert.equal(readMetadata(document).notifications.length, ports.length);
});
