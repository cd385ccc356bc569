// Of a damaged document every notification comes out that is not damaged itself.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readMetadata } from '../../../src/protocol/metadata.ts';
import { isBridgeError } from '../../../src/util/errors.ts';
import { needCorpus, readCorpus } from '../../support/corpus.ts';
import { seeded } from '../../support/random.ts';

const DECLARED =
  'xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" xmlns:t="http://www.onvif.org/ver10/topics"';

function notification(port: string | number, value = '1', rest = ''): string {
  return `<wsnt:NotificationMessage><wsnt:Topic>t:Device/Port</wsnt:Topic><wsnt:Message><tt:Message UtcTime="2026-11-22T08:00:00Z"><tt:Source><tt:SimpleItem Name="port" Value="${port}"/></tt:Source><tt:Data><tt:SimpleItem Name="state" Value="${value}"/>${rest}</tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage>`;
}

function stream(...notifications: string[]): string {
  return `<tt:MetadataStream ${DECLARED}><tt:Event>${notifications.join('</tt:Event><tt:Event>')}</tt:Event></tt:MetadataStream>`;
}

/** Port and state of each notification. */
function said(document: string | Buffer): string[] {
  return readMetadata(document).notifications.map(
    ({ source, data }) => `${source[0]?.value}=${data.map(({ value }) => value)}`,
  );
}

const TOPIC = 'tns1:Device/Port';

describe('a notification that is damaged is read with the damage replaced, beside its neighbours', () => {
  const cases: [what: string, written: string, read: string][] = [
    ['a control character', '1\x01', '1\ufffd'],
    ['a zero', '\0', '\ufffd'],
    ['half a surrogate pair', '\ud83d', '\ufffd'],
    ['a bare &', 'R&D', 'R&D'],
    ['an & at the end', 'R&', 'R&'],
    ['an entity of HTML', 'a&nbsp;b', 'a&nbsp;b'],
    ['a character reference to nothing', '&#0;&#xffff;&#x110000;&#55555;', '\ufffd\ufffd\ufffd\ufffd'],
    ['a bare <', '1 < 2', '1 < 2'],
    ['a < before a letter', 'a<b', 'a<b'],
  ];
  for (const [what, written, read] of cases) {
    test(what, () => {
      const document = stream(notification(1), notification(2, written), notification(3));
      const { notifications, unreadable } = readMetadata(document);
      assert.deepEqual(said(document), ['1=1', `2=${read}`, '3=1']);
      assert.ok(notifications.every(({ topic }) => topic === TOPIC));
      assert.deepEqual(
        unreadable.map(({ topic, count }) => ({ topic, count })),
        [{ topic: TOPIC, count: 0 }],
      );
    });
  }

  test('in its texts too, and good references stay what they are', () => {
    const rest = '<tt:ElementItem Name="e"><x>a & b &lt; c ]]> d < e</x></tt:ElementItem>';
    const [, second] = readMetadata(
      stream(notification(1), notification(2, '&amp;&#65;', rest)),
    ).notifications;
    const values = second?.data.map(({ value }) => value);
    assert.equal(JSON.stringify(values), '["&A",{"x":"a & b < c ]]> d < e"}]');
  });

  test('a byte of Latin-1 in what is declared UTF-8', () => {
    const xml = `<?xml version="1.0" encoding="UTF-8"?>${stream(notification('Entr\xe9e'), notification(2))}`;
    assert.deepEqual(said(Buffer.from(xml, 'latin1')), ['Entr\ufffde=1', '2=1']);
  });
});

describe('a notification that cannot be read costs only itself, and is told with its topic', () => {
  const cases: Record<string, string> = {
    'an end tag that ends nothing': notification(2, '1', '</x>'),
    'an element that does not end': notification(2, '1', '<q:x>'),
    'a quote in a value': notification(2, 'a"b'),
    'a quote that is missing': notification(2).replace('Value="2"', 'Value="2'),
    'a value with another item in it': notification(2).replace('"2"/></tt:Source>', '"2/></tt:Source>'),
    'an end that is missing': notification(2).replace('</wsnt:NotificationMessage>', ''),
    'no tt:Message': notification(2).replaceAll('tt:Message', 'tt:Massage'),
    'an item without a name': notification(2).replace('Name="port" ', ''),
    'an item without a value': notification(2).replace(' Value="2"', ''),
    'an attribute that comes twice': notification(2).replace('Name="port"', 'Name="port" Name="p"'),
    'an element item without a name': notification(2, '1', '<tt:ElementItem><x/></tt:ElementItem>'),
  };
  for (const [what, damaged] of Object.entries(cases)) {
    test(what, () => {
      const document = stream(notification(1), damaged, notification(3));
      assert.deepEqual(said(document), ['1=1', '3=1']);
      const [lost, ...others] = readMetadata(document).unreadable;
      assert.deepEqual([lost?.topic, lost?.count, others], [TOPIC, 1, []]);
    });
  }

  const nameless: Record<string, [string, RegExp]> = {
    'no topic': [notification(2).replace(/<wsnt:Topic>.*<\/wsnt:Topic>/, ''), /without a topic/],
    'an empty topic': [notification(2).replace('t:Device/Port', ' '), /without a topic/],
    'too long a topic': [notification(2).replace('Port', 'x'.repeat(5000)), /a topic of 5009 characters/],
    'no beginning': [notification(2).replace('<wsnt:NotificationMessage>', ''), /not well-formed|beginning/],
  };
  for (const [what, [damaged, reason]] of Object.entries(nameless)) {
    test(what, () => {
      const document = stream(notification(1), damaged, notification(3));
      assert.deepEqual(said(document), ['1=1', '3=1']);
      const { unreadable } = readMetadata(document);
      assert.deepEqual([unreadable.length, unreadable[0]?.count], [1, 1]);
      assert.match(unreadable[0]?.reason ?? '', reason);
    });
  }
});

describe('damage around the notifications', () => {
  const good = stream(notification(1), notification(2));
  const cases: Record<string, string> = {
    'a document that breaks off': good.slice(0, -20),
    'a wrong end tag': good.replace('</tt:Event>', '</tt:Evant>'),
    'a control character': good.replace('<tt:Event>', '\x01<tt:Event>'),
    'an entity': good.replace('<tt:Event>', '&nbsp;<tt:Event>'),
    'a second document that breaks off': good + stream(notification(3)).slice(0, -30),
    'an encoding that XML has no name for': `<?xml version="1.0" encoding="1-"?>${good}`,
    'a comment that does not end': good.replace('</tt:MetadataStream>', '<!-- '),
  };
  for (const [what, document] of Object.entries(cases))
    test(`${what} costs none of them`, () => {
      assert.deepEqual(said(document).slice(0, 2), ['1=1', '2=1']);
      assert.deepEqual(readMetadata(document).unreadable, []);
    });

  test('is no reason to say what stands in a comment, and none to miss a CDATA section', () => {
    const topic = '<wsnt:Topic><![CDATA[t:Device/Port]]></wsnt:Topic>';
    const document = stream(
      `<!-- ${notification(1)} -->`,
      notification(2).replace(/<wsnt:Topic>.*<\/wsnt:Topic>/, topic),
      '&',
    );
    assert.deepEqual(said(document), ['2=1']);
  });

  test('leaves prefixes what they were declared to be', () => {
    const swapped = `<a:S xmlns:a="http://www.onvif.org/ver10/schema" xmlns:b='http://docs.oasis-open.org/wsn/b-2' xmlns:t="http://www.onvif.org/ver10/topics">${notification(
      1,
    )
      .replaceAll('tt:', 'a:')
      .replaceAll('wsnt:', 'b:')}&</a:S>`;
    assert.deepEqual(said(swapped), ['1=1']);
    assert.equal(readMetadata(swapped).notifications[0]?.topic, TOPIC);
  });
});

test('no more than 500 notifications are looked for in a damaged document, nor behind 50 that are lost', () => {
  const short = '<wsnt:NotificationMessage><wsnt:Topic>t:A</wsnt:Topic></wsnt:NotificationMessage>';
  const { unreadable } = readMetadata(`<a ${DECLARED}>${short.repeat(500)}&</a>`);
  assert.deepEqual([unreadable.length, unreadable.at(-1)?.count], [51, undefined]);
  const empty = '<wsnt:NotificationMessage/>';
  const many = readMetadata(`<a ${DECLARED}>${notification(1)}${empty.repeat(600)}${notification(2)}&</a>`);
  assert.deepEqual([many.notifications.length, many.unreadable.length], [1, 1]);
});

/** One to three characters put in, taken out or replaced, at a random place. */
function damage(xml: string, random: () => number): string {
  const pieces = [
    '<',
    '>',
    '"',
    '&',
    '/',
    '\0',
    '\x01',
    '\ufffe',
    '\ud83d',
    '<!--',
    ']]>',
    '<![CDATA[',
    '&x;',
    '<a>',
    '</',
    '=',
  ];
  const at = Math.floor(random() * xml.length);
  const piece = pieces[Math.floor(random() * pieces.length)] ?? '';
  return xml.slice(0, at) + piece + xml.slice(at + Math.floor(random() * 4));
}

describe('random damage', () => {
  test('of one notification never costs its neighbours, nor is it lost unsaid', t => {
    const random = seeded(t);
    const inner = notification(2, 'on', '<tt:ElementItem Name="e"><x y="z">text</x></tt:ElementItem>');
    const begin = inner.indexOf('>') + 1;
    const end = inner.lastIndexOf('<');
    for (let round = 0; round < 3000; round++) {
      const damaged = inner.slice(0, begin) + damage(inner.slice(begin, end), random) + inner.slice(end);
      if (/<!--|CDATA/.test(damaged)) continue;
      const document = stream(notification(1), damaged, notification(3));
      const { notifications, unreadable } = readMetadata(document);
      const ports = notifications.map(({ source }) => source[0]?.value);
      const told = unreadable.reduce((sum, { count = 1 }) => sum + count, 0);
      assert.deepEqual([ports[0], ports.at(-1)], ['1', '3'], JSON.stringify(damaged));
      assert.ok(notifications.length + told >= 3, JSON.stringify(damaged));
    }
  });

  test('of real documents gives no error but of the table', needCorpus('rtsp-metadata'), t => {
    const random = seeded(t);
    const documents = [...readCorpus('rtsp-metadata', /xml$/), ...readCorpus('onvif-pull', /xml$/)];
    for (let round = 0; round < 4000; round++) {
      const [, text] = documents[round % documents.length] ?? ['', ''];
      let damaged = text;
      for (let times = 1 + Math.floor(random() * 5); times > 0; times--) damaged = damage(damaged, random);
      try {
        readMetadata(damaged);
      } catch (error) {
        assert.ok(isBridgeError(error) && error.code !== 'INTERNAL', `${error} ${JSON.stringify(damaged)}`);
      }
    }
  });
});
