// Reads the plain XML that devices write, several times as fast as a full parser, and says where it is not plain.
import { own } from './text.ts';
import { attribute, makeTag, type Tag, type XmlSink } from './xml-tag.ts';

const START = /[ \t\r\n]*(?:<\?xml version="1\.0"(?: encoding="[\w-]+")? ?\?>[ \t\r\n]*)?/y;
const END = /[ \t\r\n\0]*$/y;
/** More attributes are left to the full parser: the search for a repeated one is quadratic. */
const MAX_ATTRIBUTES = 100;

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const EQUAL = 0x3d;
const QUOTE = 0x22;

interface Cursor {
  readonly xml: string;
  at: number;
}

/**
 * Gives a document's elements to `sink`. False as soon as it meets what is not plain (references, CDATA, comments,
 * DOCTYPE, names beyond ASCII, anything malformed): what the sink got is then void, and a full parser has to read
 * the document from its start. Whatever this accepts, a full parser reads the same way.
 */
export function scanPlainXml(xml: string, sink: XmlSink): boolean {
  const cursor: Cursor = { xml, at: skip(START, xml, 0) };
  const open: string[] = [];
  do {
    const read = xml.charCodeAt(cursor.at + 1) === SLASH ? scanEnd : scanStart;
    if (xml.charCodeAt(cursor.at) !== LESS || !read(cursor, open, sink)) return false;
    if (open.length > 0) scanText(cursor, sink);
  } while (open.length > 0);
  return skip(END, xml, cursor.at) === xml.length;
}

function scanStart(cursor: Cursor, open: string[], sink: XmlSink): boolean {
  const tag = knownTag(cursor);
  if (tag === undefined) return false;
  sink.open(tag);
  if (cursor.xml.charCodeAt(cursor.at - 2) === SLASH) sink.close();
  else open.push(tag.name);
  return true;
}

function scanEnd(cursor: Cursor, open: string[], sink: XmlSink): boolean {
  const start = cursor.at + 2;
  const name = open.pop();
  if (name === undefined || cursor.xml.slice(start, start + name.length) !== name) return false;
  cursor.at = start + name.length;
  sink.close();
  return take(cursor, GREATER);
}

function scanText(cursor: Cursor, sink: XmlSink): void {
  const { xml, at: start } = cursor;
  let at = start;
  while (isText(xml.charCodeAt(at))) at++;
  cursor.at = at;
  if (at > start) sink.text(xml.slice(start, at));
}

/**
 * Devices write the same tags over and over, so the last one of each likeness is kept as it was read. Likeness is
 * length and a few characters: tags that differ in a time or a number take one place, and displace only each other.
 */
const PLACES = 1024;
const MAX_KEPT = 512;
const kept = new Array<{ source: string; tag: Tag } | undefined>(PLACES);

function knownTag(cursor: Cursor): Tag | undefined {
  const { xml, at } = cursor;
  const end = xml.indexOf('>', at) + 1;
  if (end === 0) return undefined;
  const place = likeness(xml, at, end);
  const known = kept[place];
  if (known !== undefined && known.source === xml.slice(at, end)) {
    cursor.at = end;
    return known.tag;
  }
  const tag = scanTag(cursor);
  if (tag !== undefined && cursor.at === end && end - at <= MAX_KEPT) {
    kept[place] = { source: own(xml.slice(at, end)), tag };
  }
  return tag;
}

function likeness(xml: string, at: number, end: number): number {
  const length = end - at;
  const last = xml.charCodeAt(end - 4);
  const middle = xml.charCodeAt(at + (length >> 1));
  const early = xml.charCodeAt(at + (length >> 2));
  return (length * 31 + last * 7 + middle * 131 + early * 17) & (PLACES - 1);
}

function scanTag(cursor: Cursor): Tag | undefined {
  if (!take(cursor, LESS)) return undefined;
  const name = scanName(cursor);
  if (name === undefined) return undefined;
  const attributes: string[] = [];
  while (skipBlanks(cursor) && isNameStart(cursor.xml.charCodeAt(cursor.at))) {
    if (!scanAttribute(cursor, attributes)) return undefined;
  }
  take(cursor, SLASH);
  return take(cursor, GREATER) ? makeTag(name, attributes) : undefined;
}

function scanAttribute(cursor: Cursor, attributes: string[]): boolean {
  const name = scanName(cursor);
  if (name === undefined || !take(cursor, EQUAL) || !take(cursor, QUOTE)) return false;
  if (attributes.length === 2 * MAX_ATTRIBUTES || attribute(attributes, name) !== undefined) return false;
  const { xml, at: start } = cursor;
  let at = start;
  while (isValue(xml.charCodeAt(at))) at++;
  cursor.at = at;
  attributes.push(name, xml.slice(start, at));
  return take(cursor, QUOTE);
}

function scanName(cursor: Cursor): string | undefined {
  const { xml, at: start } = cursor;
  let at = start;
  if (!isNameStart(xml.charCodeAt(at))) return undefined;
  while (isName(xml.charCodeAt(at))) at++;
  cursor.at = at;
  return xml.slice(start, at);
}

/** Whether there was any blank. */
function skipBlanks(cursor: Cursor): boolean {
  const start = cursor.at;
  while (isBlank(cursor.xml.charCodeAt(cursor.at))) cursor.at++;
  return cursor.at > start;
}

function take(cursor: Cursor, code: number): boolean {
  if (cursor.xml.charCodeAt(cursor.at) !== code) return false;
  cursor.at++;
  return true;
}

function skip(pattern: RegExp, xml: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(xml) ? pattern.lastIndex : from;
}

// Character codes; past the end of the text the code is NaN, which belongs to nothing.

function isNameStart(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f;
}

/** Letters, digits, `_`, `-`, `.`, `:` */
function isName(code: number): boolean {
  return isNameStart(code) || (code >= 0x30 && code <= 0x3a) || code === 0x2d || code === 0x2e;
}

/** No quote, `<`, `&`, nor a blank other than the space, which attributes normalize. */
function isValue(code: number): boolean {
  return code >= 0x20 && code < 0xd800 && code !== 0x22 && code !== 0x3c && code !== 0x26;
}

/** No `<`, `&`, `]`, nor a carriage return, which text normalizes. */
function isText(code: number): boolean {
  const plain = code >= 0x20 || code === 0x0a || code === 0x09;
  return plain && code < 0xd800 && code !== 0x3c && code !== 0x26 && code !== 0x5d;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x09 || code === 0x0d;
}
