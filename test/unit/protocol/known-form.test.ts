// A document of a known form must never say anything else than the same document read on its own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFormReader } from '../../../src/protocol/known-form.ts';
import { readMetadata, readPerfect, readStreamDocument } from '../../../src/protocol/metadata.ts';
import type { ReadResult } from '../../../src/protocol/notification-sink.ts';
import { isBridgeError } from '../../../src/util/errors.ts';
import { needCorpus, readCorpus } from '../../support/corpus.ts';

const FOLDER = 'rtsp-metadata';

function document({ time = '2019-01-15T07:50:45.206264Z', port = '1', state = '0', rest = '' } = {}): string {
  return `<tt:MetadataStream xmlns:tt="http://www.onvif.org/ver10/schema">
<tt:Event><wsnt:NotificationMessage xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2"><wsnt:Topic>tns1:Device/tnsaxis:IO/Port</wsnt:Topic><wsnt:Message><tt:Message UtcTime="${time}" PropertyOperation="Changed"><tt:Source><tt:SimpleItem Name="port" Value="${port}"/></tt:Source><tt:Data><tt:SimpleItem Name="state" Value="${state}"/>${rest}</tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage></tt:Event></tt:MetadataStream>`;
}

/** What it says, or that it cannot be read. */
function outcome(read: () => ReadResult): ReadResult | 'refused' {
  try {
    return read();
  } catch (error) {
    assert.ok(isBridgeError(error), String(error));
    return 'refused';
  }
}

function isReadTheSame(xml: string): void {
  const bytes = Buffer.from(xml);
  const alone = outcome(() => readMetadata(bytes));
  // The first time its form may be new, the second time it is known.
  for (const _ of [1, 2])
    assert.deepEqual(
      outcome(() => readStreamDocument(bytes)),
      alone,
      JSON.stringify(xml),
    );
}

test('other values in a known form are its values', () => {
  isReadTheSame(document());
  const [said] = readStreamDocument(
    Buffer.from(document({ time: '2026-11-22T08:00:00Z', port: '27', state: '' })),
  ).notifications;
  assert.deepEqual(said, {
    topic: 'tns1:Device/tnsaxis:IO/Port',
    time: '2026-11-22T08:00:00Z',
    operation: 'changed',
    source: [{ name: 'port', value: '27' }],
    key: [],
    data: [{ name: 'state', value: '' }],
  });
});

test('a document of a known form is not read anew, whatever its values', () => {
  let read = 0;
  const readByForm = createFormReader(xml => {
    read += 1;
    return readPerfect(xml);
  });
  for (let index = 0; index < 20; index++) {
    const time = `2026-11-22T08:00:${10 + index}.123456Z`;
    const [said] = readByForm(document({ time, port: `${index}`, state: '1' })) ?? [];
    assert.deepEqual([said?.time, said?.source[0]?.value], [time, `${index}`]);
  }
  assert.equal(read, 1);
});

test('one notification is not another of the same form', () => {
  const first = readStreamDocument(Buffer.from(document()));
  first.notifications[0]?.data.push({ name: 'more', value: '1' });
  assert.deepEqual(readStreamDocument(Buffer.from(document())), readMetadata(document()));
});

const VALUES = [
  '',
  ' ',
  ' 1 ',
  '1 < 2',
  '&lt;',
  '&#x20;',
  '>',
  "'",
  '\t',
  '\n',
  '\r',
  '\0',
  '\x7f',
  '\x7f0',
  'é',
  '\u00a0',
].concat(['\u2028', '😀', '\ufffe', '1" x="2', '1" Value="2', '"/><tt:SimpleItem Name="new" Value="', ']]>']);

test('a value that is more than a value', () => {
  isReadTheSame(document());
  for (const value of VALUES) {
    isReadTheSame(document({ state: value }));
    isReadTheSame(document({ port: value, state: value }));
    isReadTheSame(document({ time: value }));
  }
});

test('values elsewhere than in times and items', () => {
  const rests = {
    'an element item': '<tt:ElementItem Name="e"><x Value="?"/></tt:ElementItem>',
    'what looks like it':
      '<tt:ElementItem Name="e">\x7f0</tt:ElementItem><tt:ElementItem Name="e"><x Value="?"/></tt:ElementItem>',
    'an unknown element': '<x UtcTime="?" Value="?"/>',
    text: ' Value="?"',
    'an item without one': '<tt:SimpleItem Name="n"/><tt:SimpleItem Value="?"/>',
    'blanks around it': '<tt:SimpleItem Name="n"\n\tValue="?" />',
    'single quotes': "<tt:SimpleItem Name='n' Value='?'/>",
    twice: '<tt:SimpleItem Name="n" Value="1" Value="?"/>',
  };
  for (const rest of Object.values(rests))
    for (const value of ['1', '2', '&amp;']) isReadTheSame(document({ rest: rest.replaceAll('?', value) }));
});

test('another topic, item or operation is another form', () => {
  for (const [from, to] of [
    ['Port<', 'Pork<'],
    ['"state"', '"other"'],
    ['Changed', 'Deleted'],
    ['<tt:Data>', '<tt:Key>'],
    ['</tt:MetadataStream>', ''],
  ] as const) {
    isReadTheSame(document());
    isReadTheSame(document().replaceAll(from, to));
    isReadTheSame(`${document()}\n`);
  }
});

test('documents of devices, with other values, and mutilated', needCorpus(FOLDER), () => {
  for (const xml of readCorpus(FOLDER, /xml$/).values()) {
    isReadTheSame(xml);
    for (const value of VALUES) isReadTheSame(xml.replace(/(?<=(UtcTime|Value)=")[^"]*/g, () => value));
    for (let at = 0; at < xml.length; at += 7) {
      isReadTheSame(xml.slice(0, at) + xml.slice(at + 1));
      isReadTheSame(xml.slice(0, at) + VALUES[at % VALUES.length] + xml.slice(at));
    }
  }
});

test('in bounded time: a device that invents forms', () => {
  for (let index = 0; index < 20_000; index++) {
    const xml = document({ rest: `<tt:SimpleItem Name="${'n'.repeat(index % 300)}${index}" Value="1"/>` });
    assert.equal(readStreamDocument(Buffer.from(xml)).notifications[0]?.data.length, 2);
  }
  isReadTheSame(document());
});
