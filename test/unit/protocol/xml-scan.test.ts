// The fast reader must never read anything otherwise than the full parser: the two are compared on mutilated documents.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SaxesParser } from 'saxes';
import { scanPlainXml } from '../../../src/protocol/xml-scan.ts';
import { makeTag, type XmlSink } from '../../../src/protocol/xml-tag.ts';
import { needCorpus, readCorpus } from '../../support/corpus.ts';

const CORPUS = 'rtsp-metadata';
const FIXTURES = new URL('../../../fixtures/metadata/', import.meta.url);
const SAMPLE =
  '<?xml version="1.0" encoding="UTF-8"?>\n<a:b xmlns:a="u" c="d e"><f g=""/><h>text &gt; \u00e9</h>\n<a:b a:c="1"  x="2" ></a:b></a:b>\n';

type Event = ['open', string, string[]] | ['text', string] | ['close'];

test('what the plain scanner accepts, a full parser reads the same way', () => {
  let accepted = 0;
  for (const document of samples()) {
    for (let round = 0; round < 400; round++) {
      const mutilated = round === 0 ? document : mutilate(document, round);
      const plain = record(sink => scanPlainXml(mutilated, sink));
      if (plain === undefined) continue;
      accepted++;
      assert.deepEqual(plain, readFully(mutilated), JSON.stringify(mutilated));
    }
  }
  assert.ok(accepted > 100);
});

test('the plain scanner takes what devices write', needCorpus(CORPUS), () => {
  for (const document of readCorpus(CORPUS, /xml$/).values()) {
    const plain = record(sink => scanPlainXml(document, sink));
    assert.equal(plain !== undefined, readFully(document) !== undefined);
  }
});

function samples(): string[] {
  const fixtures = readdirSync(FIXTURES).map(name =>
    readFileSync(new URL(`${name}/input.xml`, FIXTURES), 'utf8'),
  );
  return [
    SAMPLE,
    ...fixtures,
    ...(needCorpus(CORPUS).skip === false ? readCorpus(CORPUS, /xml$/).values() : []),
  ];
}

/** One character replaced, doubled or taken out, always the same for the same seed. */
function mutilate(document: string, seed: number): string {
  const at = (seed * 7919) % document.length;
  const chars = [
    '<',
    '>',
    '"',
    '&',
    '/',
    ' ',
    '\n',
    '\r',
    '\t',
    ':',
    '=',
    'x',
    '\0',
    ']',
    '\ud83d',
    '\u00a0',
    '!',
    '?',
    '',
  ];
  const char = chars[seed % chars.length] ?? '';
  return document.slice(0, at) + char + document.slice(at + (seed % 3));
}

function record(read: (sink: XmlSink) => boolean): Event[] | undefined {
  const events: Event[] = [];
  const done = read({
    open: ({ name, attributes, declared }) =>
      void events.push(['open', name, [...attributes, ...[...(declared ?? [])].flat()]]),
    text: text => void events.push(['text', text]),
    close: () => void events.push(['close']),
  });
  return done ? events : undefined;
}

function readFully(document: string): Event[] | undefined {
  return record(sink => {
    const parser = new SaxesParser({ position: false });
    let depth = 0;
    parser.on('opentag', tag => {
      depth++;
      sink.open(makeTag(tag.name, Object.entries(tag.attributes).flat()));
    });
    parser.on('text', text => {
      if (depth > 0) sink.text(text);
    });
    parser.on('closetag', () => {
      depth--;
      sink.close();
    });
    try {
      parser.write(document.trimStart().replace(/\0+$/, '')).close();
      return true;
    } catch {
      return false;
    }
  });
}
