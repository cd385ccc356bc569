import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Notification } from '../../../src/event.ts';
import { readMetadata } from '../../../src/protocol/metadata.ts';
import { timeOf } from '../../../src/protocol/notification-sink.ts';
import { fromIso } from '../../../src/protocol/utc.ts';
import { type ErrorCode, isBridgeError } from '../../../src/util/errors.ts';

const DECLARATIONS =
  'xmlns:tns1="http://www.onvif.org/ver10/topics" xmlns:tnsaxis="http://www.axis.com/2009/event/topics" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2"';

function notification({ topic = 'tns1:Device/tnsaxis:IO/Port', message = '', attributes = '' }): string {
  return `<wsnt:NotificationMessage ${DECLARATIONS}><wsnt:Topic>${topic}</wsnt:Topic><wsnt:Message><tt:Message UtcTime="2019-01-15T07:50:45.206264Z"${attributes}>${message}</tt:Message></wsnt:Message></wsnt:NotificationMessage>`;
}

function stream(...content: string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<tt:MetadataStream xmlns:tt="http://www.onvif.org/ver10/schema">\n${content.map(each => `<tt:Event>${each}</tt:Event>`).join('\n')}</tt:MetadataStream>\n`;
}

/** The notifications of a document in which nothing is unreadable. */
function read(document: Buffer | string): Notification[] {
  const { notifications, unreadable } = readMetadata(document);
  assert.deepEqual(unreadable, []);
  return notifications;
}

function only(document: Buffer | string): Notification {
  const [first, ...others] = read(document);
  assert.ok(first);
  assert.deepEqual(others, []);
  return first;
}

function refused(document: Buffer | string, reason: RegExp, code: ErrorCode = 'PROTOCOL'): void {
  assert.throws(
    () => readMetadata(document),
    error => isBridgeError(error) && error.code === code && reason.test(error.message),
  );
}

const PORT =
  '<tt:Source><tt:SimpleItem Name="port" Value="1"/></tt:Source><tt:Data><tt:SimpleItem Name="state" Value="0"/></tt:Data>';

describe('a metadata document', () => {
  test('gives topic, time, operation and items', () => {
    assert.deepEqual(
      only(
        Buffer.from(stream(notification({ message: PORT, attributes: ' PropertyOperation="Initialized"' }))),
      ),
      {
        topic: 'tns1:Device/tnsaxis:IO/Port',
        time: '2019-01-15T07:50:45.206264Z',
        operation: 'initialized',
        source: [{ name: 'port', value: '1' }],
        key: [],
        data: [{ name: 'state', value: '0' }],
      },
    );
  });

  test('keeps every item in its order, repeated names and empty values too', () => {
    const items =
      '<tt:Data><tt:SimpleItem Name="b" Value="2"/><tt:SimpleItem Name="a" Value=""/><tt:SimpleItem Name="b" Value="1"/></tt:Data>';
    const key = '<tt:Key><tt:SimpleItem Name="k" Value="v"/></tt:Key>';
    const { data, key: keys } = only(stream(notification({ message: key + items })));
    assert.deepEqual(data, [
      { name: 'b', value: '2' },
      { name: 'a', value: '' },
      { name: 'b', value: '1' },
    ]);
    assert.deepEqual(keys, [{ name: 'k', value: 'v' }]);
  });

  test('keeps an element item as nested JSON, whatever its names are', () => {
    const inner =
      '<tt:Job Type="x">  <tt:Mode>idle</tt:Mode><tt:T><tt:Tag/></tt:T><tt:T>two</tt:T><__proto__>p</__proto__></tt:Job>';
    const [item] = only(
      stream(
        notification({
          message: `<tt:Data><tt:ElementItem Name="Configuration">${inner}</tt:ElementItem></tt:Data>`,
        }),
      ),
    ).data;
    assert.equal(item?.name, 'Configuration');
    assert.equal(
      JSON.stringify(item.value),
      '{"Job":{"@Type":"x","Mode":"idle","T":[{"Tag":""},"two"],"__proto__":"p"}}',
    );
  });

  test('goes on after an element item, and takes no item from inside it', () => {
    const message =
      '<tt:Data><tt:ElementItem Name="e"><tt:SimpleItem Name="inner" Value="1"/></tt:ElementItem><tt:SimpleItem Name="outer" Value="2"/></tt:Data>';
    assert.deepEqual(
      only(stream(notification({ message }))).data.map(({ name }) => name),
      ['e', 'outer'],
    );
  });

  test('passes an unknown operation on as none, and every known one in any case', () => {
    const operations = ['deleted', 'CHANGED', 'Refreshed', ''].map(word =>
      notification({ message: PORT, attributes: ` PropertyOperation="${word}"` }),
    );
    const said = read(stream(...operations));
    assert.deepEqual(
      said.map(({ operation }) => operation),
      ['deleted', 'changed', undefined, undefined],
    );
    assert.ok(said.every(({ data }) => data.length === 1));
  });

  test('may hold several messages, PTZ and analytics, or nothing', () => {
    const twice = `${notification({ topic: 'tns1:A', message: PORT })}${notification({ topic: 'tns1:B' })}`;
    const topics = read(
      stream(twice, notification({ topic: 'tns1:C' })).replace(
        '<tt:Event>',
        '<tt:PTZ><tt:PTZStatus/></tt:PTZ><tt:Event>',
      ),
    );
    assert.deepEqual(
      topics.map(({ topic }) => topic),
      ['tns1:A', 'tns1:B', 'tns1:C'],
    );
    assert.deepEqual(read(stream()), []);
    assert.deepEqual(
      read(stream('<wsnt:NotificationMessage><wsnt:Topic/><wsnt:Message/></wsnt:NotificationMessage>')),
      [],
    );
    assert.deepEqual(read('\r\n'), []);
  });

  test('says a time in UTC, whatever zone the device is in', () => {
    const xml = stream(notification({ message: PORT }));
    const time = (said: string) => only(xml.replace(/ UtcTime="[^"]*"/, ` UtcTime="${said}"`)).time;
    assert.equal(time('2026-11-22T08:00:00.123456Z'), '2026-11-22T08:00:00.123456Z');
    assert.equal(time('2026-11-22T08:00:00'), '2026-11-22T08:00:00Z');
    assert.equal(time('2026-11-22T09:00:00+01:00'), '2026-11-22T08:00:00.000Z');
    assert.equal(time(' 2026-11-30T08:00:00Z '), '2026-11-30T08:00:00Z');
  });

  test('says no time where the device says none', () => {
    const xml = stream(notification({ message: PORT }));
    assert.equal(only(xml.replace(/ UtcTime="[^"]*"/, '')).time, null);
    for (const said of ['', 'yesterday', '2026-02-30T08:00:00Z', '2026-11-22T25:00:00Z', 'x'.repeat(100)])
      assert.equal(only(xml.replace(/ UtcTime="[^"]*"/, ` UtcTime="${said}"`)).time, null);
  });
});

describe('names', () => {
  test('are told by namespace, whatever the prefixes', () => {
    const other = stream(notification({ message: PORT }))
      .replaceAll(/(<\/?|xmlns:)tt\b/g, '$1a')
      .replaceAll(/(<\/?|xmlns:)wsnt\b/g, '$1b')
      .replaceAll(/\btns1:/g, 'x:')
      .replaceAll(/\btnsaxis:/g, 'y:')
      .replace('xmlns:tns1', 'xmlns:x')
      .replace('xmlns:tnsaxis', 'xmlns:y');
    assert.deepEqual(read(other), read(stream(notification({ message: PORT }))));
  });

  test('of the right spelling in the wrong namespace mean nothing', () => {
    const wrong = stream(notification({ message: PORT })).replace(
      'http://www.onvif.org/ver10/schema',
      'urn:other',
    );
    assert.deepEqual(readMetadata(wrong), {
      notifications: [],
      unreadable: [
        { reason: 'a notification without a tt:Message', topic: 'tns1:Device/tnsaxis:IO/Port', count: 1 },
      ],
    });
  });

  test('with a prefix that nobody declares or knows mean what they are called', () => {
    const xml = stream(notification({ message: PORT }));
    const undeclared = xml.replaceAll(/(<\/?)tt:(Message|Source|SimpleItem)\b/g, '$1q:$2');
    assert.deepEqual(read(undeclared), read(xml));
  });

  test('without a declaration mean what they usually do', () => {
    const fragment = notification({ message: PORT }).replace(DECLARATIONS, '');
    assert.equal(only(fragment).topic, 'tns1:Device/tnsaxis:IO/Port');
    assert.equal(only(fragment).data.length, 1);
  });

  test('are bound no longer than the element that declares them', () => {
    const inner = notification({ topic: 'tns1:Device' }).replace(
      'topics" xmlns:tnsaxis',
      'schema" xmlns:tnsaxis',
    );
    const outer = notification({ topic: 'tns1:Device' }).replace(DECLARATIONS, '');
    const xml = stream(
      inner.replace('tns1="http://www.onvif.org/ver10/schema', 'tns1="http://www.axis.com/2009/event/topics'),
      outer,
    );
    const topics = read(xml.replace('xmlns:tt', `${DECLARATIONS} xmlns:tt`)).map(({ topic }) => topic);
    assert.deepEqual(topics, ['tnsaxis:Device', 'tns1:Device']);
  });

  test('of a topic are bound by the declarations around it', () => {
    const swapped = DECLARATIONS.replace('tns1=', 'q=').replace('tnsaxis=', 'tns1=');
    const xml = stream(notification({ topic: ' \n q:Device/tns1:IO/Port/. ', message: PORT })).replace(
      DECLARATIONS,
      swapped,
    );
    assert.equal(only(xml).topic, 'tns1:Device/tnsaxis:IO/Port');
  });
});

describe('what is written unusually is read all the same', () => {
  const plain = stream(notification({ message: PORT, attributes: ' PropertyOperation="Changed"' }));
  const expected = read(plain);
  const variants: Record<string, string | Buffer> = {
    'a byte order mark and blank lines before the declaration': `\ufeff\r\n\r\n${plain}`,
    'zeros after the end': `${plain}\0\0\0`,
    'stray text after the end': `${plain}--boundary\r\n`,
    'an XML instruction and comments': plain.replace('<tt:Event>', '<?x y?><!-- & < > --><tt:Event>'),
    'single quotes': plain.replaceAll(/Value="(\w)"/g, "Value='$1'"),
    'character references': plain.replace('Value="1"', 'Value="&#x31;"'),
    'CDATA in the topic': plain.replace(/>(tns1:[^<]*)</, '><![CDATA[$1]]><'),
    'line feeds in a tag': plain.replace('<tt:SimpleItem ', '<tt:SimpleItem\r\n\t'),
    'blanks at the end of a tag': plain.replaceAll('</tt:Data>', '</tt:Data >'),
    'UTF-16': Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(plain, 'utf16le')]),
    'bytes that are UTF-8 and declared as something else': Buffer.from(plain.replace('UTF-8', 'utf-16')),
  };
  for (const [name, document] of Object.entries(variants)) {
    test(name, () => assert.deepEqual(read(document), expected));
  }

  test('a second document after the first', () => {
    assert.deepEqual(read(plain + plain), [...expected, ...expected]);
  });

  test('the encoding that it declares', () => {
    const latin = plain.replace('UTF-8', 'ISO-8859-1').replace('Value="1"', 'Value="Entr\u00e9e"');
    assert.equal(only(Buffer.from(latin, 'latin1')).source[0]?.value, 'Entr\u00e9e');
    const utf8 = plain.replace('Value="1"', 'Value="\u00e5\u4e2d\u{1f4f7}"');
    assert.equal(only(Buffer.from(utf8)).source[0]?.value, '\u00e5\u4e2d\u{1f4f7}');
  });
});

describe('what is no metadata document is refused', () => {
  const good = notification({ message: PORT });
  const bad: Record<string, [string | Buffer, RegExp]> = {
    'a document that breaks off before it says anything': [stream().slice(0, -30), /not well-formed/],
    'a DOCTYPE': [`<!DOCTYPE a [<!ENTITY b "${'x'.repeat(999)}">]>${stream(good).slice(39)}`, /DOCTYPE/],
    'a DOCTYPE behind damage': [`<a b="\0"/><!DOCTYPE a>${stream(good).slice(39)}`, /not well-formed/],
    'no XML': ['HTTP/1.1 200 OK', /not well-formed/],
    'no end': ['<a>'.repeat(6000), /deeper than 64/],
    'elements that are nested too deep': [`<a>${'<a b="&lt;">'.repeat(5000)}`, /deeper than 64/],
    'a repeated attribute': [`<a ${'b="1" '.repeat(15_000)}/>`, /duplicate attribute/],
  };
  for (const [name, [document, reason]] of Object.entries(bad)) test(name, () => refused(document, reason));

  const large: Record<string, [string, RegExp]> = {
    'too many bytes': ['x'.repeat(256 * 1024 + 1), /262145 bytes/],
    'too many elements': [`<a>${'<a/>'.repeat(20_000)}</a>`, /more than 20000 tags and attributes/],
    'too many dashes': [
      `<a><!--${'-x'.repeat(100_000)}--></a>`,
      /more than 100000 line ends, tabs and dashes/,
    ],
    'too many tabs': [`<a b="${'\t'.repeat(100_001)}"/>`, /more than 100000 line ends/],
    'too many attributes': [
      `<a ${Array.from({ length: 20_000 }, (_, index) => `a${index}=""`).join(' ')}/>`,
      /more than 20000/,
    ],
    'nothing but the beginnings of elements': ['<'.repeat(256 * 1024), /more than 20000/],
  };
  for (const [name, [document, reason]] of Object.entries(large))
    test(name, () => refused(document, reason, 'TOO_LARGE'));

  test('as many elements and attributes as the bound are read', () => {
    const attributes = Array.from({ length: 15_000 }, (_, index) => `a${index}="${index}"`).join(' ');
    assert.deepEqual(read(`<a ${attributes}/>`), []);
    const namespaces = Array.from({ length: 3000 }, (_, index) => `xmlns:a${index}="u"`).join(' ');
    assert.deepEqual(read(`<a ${namespaces}>${'<b xmlns:x="y"/>'.repeat(8000)}</a>`), []);
  });
});

test('what follows the root element is not looked at, unless it is another document', () => {
  const plain = stream(notification({ message: PORT }));
  const expected = read(plain);
  for (const rest of ['</a>', '<', '<'.repeat(10_000), '<b', '\0<!DOCTYPE a>', '&evil;', '<a></b>'])
    assert.deepEqual(read(plain + rest), expected, rest.slice(0, 20));
  assert.deepEqual(read(`${plain}<b>${plain}`), [...expected, ...expected]);
});

test('a time of any day there is stays as it was said, and that of no day is none', () => {
  for (const year of [2024, 2026])
    for (let month = 0; month <= 13; month++)
      for (let day = 0; day <= 32; day++) {
        const text = `${year}-${`${month}`.padStart(2, '0')}-${`${day}`.padStart(2, '0')}T10:00:00.123456Z`;
        assert.equal(timeOf(text), fromIso(text), text);
      }
});

describe('an item that stands where none is looked for makes no event without data', () => {
  const items: Record<string, string> = {
    'of no namespace': '<tt:Data><SimpleItem Name="a" Value="1"/></tt:Data>',
    'in a group of no namespace': '<Data><tt:SimpleItem Name="a" Value="1"/></Data>',
    'in no group': '<tt:SimpleItem Name="a" Value="1"/>',
    'of another namespace': '<q:Data xmlns:q="urn:q"><q:SimpleItem Name="a" Value="1"/></q:Data>',
    'in a group that is written otherwise': '<tt:data><tt:SimpleItem Name="a" Value="1"/></tt:data>',
    'of another name': '<tt:Data><tt:Item Name="a" Value="1"/></tt:Data>',
    'that describes one and has no value':
      '<tt:Data><tt:SimpleItemDescription Name="a" Type="xs:int"/></tt:Data>',
  };
  const document = (inner: string) =>
    `<tt:MetadataStream xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2">` +
    `<tt:Event><wsnt:NotificationMessage><wsnt:Topic>tns1:A</wsnt:Topic><wsnt:Message><tt:Message>${inner}</tt:Message>` +
    '</wsnt:Message></wsnt:NotificationMessage></tt:Event></tt:MetadataStream>';
  for (const [name, item] of Object.entries(items)) {
    test(name, () => {
      const { notifications, unreadable } = readMetadata(document(item));
      assert.deepEqual(notifications, []);
      assert.deepEqual(
        unreadable.map(({ topic, count }) => [topic, count]),
        [['tns1:A', 1]],
      );
      const both = readMetadata(document(`<tt:Data><tt:SimpleItem Name="b" Value="2"/></tt:Data>${item}`));
      assert.deepEqual(both.notifications[0]?.data, [{ name: 'b', value: '2' }]);
    });
  }
});
