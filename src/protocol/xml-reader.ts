// Gives an XML document's elements to a sink: well-formedness is the parser's job, namespaces are the sink's.
import { SaxesParser } from 'saxes';
import { fail, isBridgeError } from '../util/errors.ts';
import { STEP_SIZE, type Steps } from '../util/steps.ts';
import { makeTag, type XmlSink } from './xml-tag.ts';

const MAX_DEPTH = 64;

/** Ends the reading at the end of the root element. */
const ROOT_ENDED = Symbol('the root element has ended');

/**
 * Gives the root element and all in it to `sink`, up to the first error. What comes after the root is not looked at:
 * gives where that begins, 0 where there is no element at all.
 * @throws PROTOCOL where it is malformed, has a DOCTYPE or is nested deeper than 64 levels; what the sink throws.
 */
export function* readXml(xml: string, sink: XmlSink): Steps<number> {
  const parser = new SaxesParser({ position: false });
  let depth = 0;
  parser.on('opentag', ({ name, attributes }) => {
    depth += 1;
    if (depth > MAX_DEPTH) throw fail('PROTOCOL', `the XML is nested deeper than ${MAX_DEPTH} levels`);
    sink.open(makeTag(name, Object.entries(attributes).flat()));
  });
  const text = (said: string) => {
    if (depth > 0) sink.text(said);
  };
  parser.on('text', text);
  parser.on('cdata', text);
  parser.on('closetag', () => {
    depth -= 1;
    sink.close();
    if (depth === 0) throw ROOT_ENDED;
  });
  parser.on('doctype', () => {
    throw fail('PROTOCOL', 'the document has a DOCTYPE, which is refused');
  });
  parser.on('error', error => {
    throw fail('PROTOCOL', `the XML is not well-formed: ${error.message.slice(0, 120)}`);
  });
  const start = xml.length - xml.trimStart().length;
  if (start === xml.length) return 0;
  try {
    for (let at = start; at < xml.length; at += STEP_SIZE) {
      if (at > start) yield;
      parser.write(xml.slice(at, at + STEP_SIZE));
    }
    parser.close();
  } catch (error) {
    if (error === ROOT_ENDED) return start + parser.position;
    throw isBridgeError(error) ? error : fail('PROTOCOL', 'the XML cannot be read');
  }
  return 0;
}

/** What is in each tag, attribute, reference and end of a section. */
const MARKS = ['<', '=', '&', ']'];
/** At each of these the parser puts a value, a comment or an instruction together anew: up to so many for each mark. */
const JOINTS = ['\t', '\n', '\r', '-', '?'];
const JOINTS_EACH = 5;

/**
 * Markup costs far more to read than its bytes.
 * @throws TOO_LARGE past `most` tags and attributes, or past what no XML of so few is made of.
 */
export function limitMarkup(xml: string, most: number): void {
  if (has(xml, MARKS, most)) throw fail('TOO_LARGE', `the XML has more than ${most} tags and attributes`);
  if (has(xml, JOINTS, JOINTS_EACH * most))
    throw fail('TOO_LARGE', `the XML has more than ${JOINTS_EACH * most} line ends, tabs and dashes`);
}

function has(xml: string, marks: readonly string[], most: number): boolean {
  if (xml.length <= most) return false;
  let count = 0;
  for (const mark of marks) {
    for (let at = xml.indexOf(mark); at >= 0; at = xml.indexOf(mark, at + 1)) {
      count += 1;
      if (count > most) return true;
    }
  }
  return false;
}
