import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ErrorCode, isBridgeError } from '../../../src/util/errors.ts';
import { findElement, readVapixXml } from '../../../src/vapix/xml.ts';

describe('an XML answer of VAPIX', () => {
  test('is read by local names, with references, CDATA and what follows its end', () => {
    const root = readVapixXml(
      '\n<?xml version="1.0"?><a:root xmlns:a="u"><a:disk a:diskid="SD &lt;&#49;&gt;" b="2"/>x<![CDATA[<&]]>&amp;</a:root>\n\0\0',
    );
    assert.deepEqual([root.local, root.text.trim()], ['root', 'x<&&']);
    const disk = findElement(root, 'disk');
    assert.deepEqual([disk?.attributes.get('diskid'), disk?.attributes.get('b')], ['SD <1>', '2']);
    assert.equal(findElement(root, 'other'), undefined);
  });

  const bad: [what: string, text: string, code: ErrorCode][] = [
    ['that breaks off', '<a><b></b>', 'PROTOCOL'],
    ['with a DOCTYPE', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'PROTOCOL'],
    ['nested too deep', '<a>'.repeat(70) + '</a>'.repeat(70), 'PROTOCOL'],
    ['that names prototypes', '<a><__proto__/></a>', 'PROTOCOL'],
    ['that is none', 'HTTP/1.1 200 OK', 'PROTOCOL'],
    ['that is empty', '', 'PROTOCOL'],
    ['of zeros', `${'\0'.repeat(200_000)}x`, 'PROTOCOL'],
    ['that is too long', `<a>${'x'.repeat(256 * 1024)}</a>`, 'TOO_LARGE'],
    ['of too many elements', `<a>${'<b/>'.repeat(20_000)}</a>`, 'TOO_LARGE'],
  ];
  for (const [what, text, code] of bad)
    test(`${what} is ${code}`, () =>
      assert.throws(
        () => readVapixXml(text),
        error => isBridgeError(error) && error.code === code,
      ));
});
