import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeText, withoutZeros } from '../../../src/protocol/text.ts';

const UTF_16LE = (text: string) => Buffer.from(text, 'utf16le');
const UTF_16BE = (text: string) => Buffer.from(text, 'utf16le').swap16();
const LATIN = (text: string) => Buffer.from(text, 'latin1');
const declared = (encoding: string) => `<?xml version="1.0" encoding="${encoding}"?><a>é</a>`;

const cases: [what: string, bytes: Buffer, contentType: string, text: string][] = [
  ['UTF-8', Buffer.from('é'), '', 'é'],
  [
    'UTF-8 with its byte order mark, which is no part of the text',
    Buffer.from('\ufeff{"é":1}'),
    '',
    '{"é":1}',
  ],
  ['a byte order mark before the charset', Buffer.from('\ufeffé'), 'text/xml; charset=ISO-8859-1', 'é'],
  ['UTF-16 with its byte order mark', UTF_16LE('\ufeffé'), 'text/xml; charset=utf-8', 'é'],
  ['UTF-16, the other way round', UTF_16BE('\ufeffé'), '', 'é'],
  ['UTF-16 by the beginning of XML', UTF_16LE('<a>é</a>'), '', '<a>é</a>'],
  ['the same the other way round', UTF_16BE('<a>é</a>'), '', '<a>é</a>'],
  ['the charset of the content type', LATIN('<a>é</a>'), 'text/xml; charset=ISO-8859-1', '<a>é</a>'],
  ['a charset in quotes and capitals', LATIN('{"a":"é"}'), 'application/json;CHARSET="Latin1"', '{"a":"é"}'],
  ['a charset in single quotes', LATIN('é'), "text/xml; charset='iso-8859-1'", 'é'],
  ['a charset by a name that is none', LATIN('é'), 'text/xml; charset=Latin-1', 'é'],
  [
    'a charset behind a parameter that holds another',
    LATIN('é'),
    'a/b; action="a;charset=utf-16"; charset=latin1',
    'é',
  ],
  ['the charset before the declaration', Buffer.from('é'), 'text/xml; charset=utf-8', 'é'],
  ['the declaration of XML', LATIN(declared('ISO-8859-1')), 'text/xml', declared('ISO-8859-1')],
  [
    'the declaration where the charset cannot be',
    LATIN(declared('latin1')),
    'a/b; charset=utf-8',
    declared('latin1'),
  ],
  ['bytes that are UTF-8 and declared as UTF-16', Buffer.from(declared('utf-16')), '', declared('utf-16')],
  ['another charset', Buffer.from([0x82, 0xa0]), 'text/plain; charset=Shift_JIS', 'あ'],
  [
    'what nobody knows',
    LATIN(declared('EBCDIC')),
    'a/b; charset=x-y',
    declared('EBCDIC').replace('é', '\ufffd'),
  ],
  ['one byte that is no UTF-8', LATIN('<a>é</a>'), 'text/xml; charset=utf-8', '<a>\ufffd</a>'],
  ['nothing', Buffer.alloc(0), '', ''],
];
for (const [what, bytes, contentType, text] of cases)
  test(`a text is read: ${what}`, () => assert.equal(decodeText(bytes, contentType), text));

test('zeros at the end of a text are left out, with line ends behind them', () => {
  for (const [text, left] of [
    ['a\0', 'a'],
    ['a\n\0\0\r\n', 'a\n'],
    ['a\n', 'a\n'],
    ['a\0b\n', 'a\0b\n'],
  ] as const)
    assert.equal(withoutZeros(text), left);
});
