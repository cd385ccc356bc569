// An XML document as a tree whose names are resolved by namespace URI: for answers that are read once, not for events.
import { fail, isBridgeError } from '../util/errors.ts';
import { atOnce, type Steps } from '../util/steps.ts';
import { resolvePrefix, type Scope, splitName } from './namespaces.ts';
import { decodeText } from './text.ts';
import { escapeXml } from './xml-escape.ts';
import { limitMarkup, readXml } from './xml-reader.ts';
import { MAX_GROWTH, repairXml } from './xml-repair.ts';
import type { Tag, XmlSink } from './xml-tag.ts';

/** The largest answer that is read. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Tags and attributes: the declarations of a thousand topics have as many. */
const MAX_MARKUP = 50_000;
/** Characters of an answer that is repaired: that is done in one step. */
const MAX_REPAIRED = 1024 * 1024;

interface XmlAttribute {
  prefix: string;
  local: string;
  /** What its prefix means, `''` without one. */
  uri: string;
  value: string;
}

export interface XmlElement {
  /** As written; `uri` is what it means, `''` without a namespace. */
  prefix: string;
  local: string;
  uri: string;
  /** Without the namespace declarations. */
  attributes: XmlAttribute[];
  children: XmlElement[];
  /** All text directly inside, references resolved, blanks kept. */
  text: string;
  /** What is declared for it, and so for the names in its values. */
  scope: Scope | undefined;
}

/**
 * The root element of an XML document of up to 4 MiB, 50,000 tags and attributes, and 64 levels. What follows it, such
 * as a zero, is not looked at; damage in up to 1 MiB is replaced where that is possible.
 * @throws PROTOCOL where it is malformed, has a DOCTYPE, or is nested too deep; TOO_LARGE.
 */
export function readXmlTree(document: Buffer | string): XmlElement {
  return atOnce(readXmlTreeInSteps(document));
}

/** The same, in steps. */
export function* readXmlTreeInSteps(document: Buffer | string): Steps<XmlElement> {
  if (document.length > MAX_BYTES) throw fail('TOO_LARGE', `the answer has ${document.length} bytes`);
  const text = typeof document === 'string' ? document : decodeText(document);
  limitMarkup(text, MAX_MARKUP);
  try {
    return yield* readRoot(text);
  } catch (error) {
    const mayRepair = isBridgeError(error) && error.code === 'PROTOCOL' && text.length <= MAX_REPAIRED;
    const repaired = mayRepair ? repairXml(text) : text;
    if (repaired === text || repaired.length > text.length + MAX_GROWTH) throw error;
    return yield* readRoot(repaired);
  }
}

function* readRoot(text: string): Steps<XmlElement> {
  const sink = createTreeSink();
  yield* readXml(text, sink);
  const [root] = sink.roots;
  if (root === undefined) throw fail('PROTOCOL', 'the XML is not well-formed: no root element');
  return root;
}

/** The first child of that local name (and namespace, if given). */
export function child(element: XmlElement, local: string, uri?: string): XmlElement | undefined {
  return element.children.find(each => each.local === local && (uri === undefined || each.uri === uri));
}

/** The value of the attribute of that local name, whatever its prefix. */
export function attributeOf(element: XmlElement, local: string): string | undefined {
  return element.attributes.find(each => each.local === local)?.value;
}

/**
 * An element as XML again, every name with its namespace declared: for reference parameters, which are sent back as
 * they came (WS-Addressing). `extra` is put among its attributes.
 */
export function writeXml(element: XmlElement, extra = ''): string {
  const { prefix, uri, attributes } = element;
  const name = nameOf(element);
  const spaces = new Map([[prefix, uri]]);
  for (const attribute of attributes) if (attribute.uri !== '') spaces.set(attribute.prefix, attribute.uri);
  const declared = [...spaces].map(
    ([short, space]) => ` ${short === '' ? 'xmlns' : `xmlns:${short}`}="${escapeXml(space)}"`,
  );
  const bound = attributes.filter(attribute => attribute.prefix === '' || attribute.uri !== '');
  const written = bound.map(attribute => ` ${nameOf(attribute)}="${escapeXml(attribute.value)}"`);
  const content = escapeXml(element.text) + element.children.map(each => writeXml(each)).join('');
  return `<${name}${[...declared, ...written].join('')}${extra}>${content}</${name}>`;
}

function nameOf({ prefix, local }: Pick<XmlElement, 'prefix' | 'local'>): string {
  return prefix === '' ? local : `${prefix}:${local}`;
}

function createTreeSink(): XmlSink & { readonly roots: readonly XmlElement[] } {
  const roots: XmlElement[] = [];
  const open: XmlElement[] = [];
  return {
    roots,
    open(tag) {
      const outer = open.at(-1);
      const element = elementOf(tag, outer?.scope);
      (outer?.children ?? roots).push(element);
      open.push(element);
    },
    text(text) {
      const element = open.at(-1);
      if (element !== undefined) element.text += text;
    },
    close: () => void open.pop(),
  };
}

function elementOf(
  { prefix, local, attributes: written, declared }: Tag,
  outer: Scope | undefined,
): XmlElement {
  const scope = declared === undefined ? outer : { outer, declared };
  const attributes: XmlAttribute[] = [];
  for (let at = 0; at + 1 < written.length; at += 2)
    attributes.push(attributeIn(scope, written[at], written[at + 1]));
  return {
    prefix,
    local,
    uri: resolvePrefix(scope, prefix) ?? '',
    attributes,
    children: [],
    text: '',
    scope,
  };
}

function attributeIn(scope: Scope | undefined, name = '', value = ''): XmlAttribute {
  const { prefix, local } = splitName(name);
  return { prefix, local, uri: prefix === '' ? '' : (resolvePrefix(scope, prefix) ?? ''), value };
}
