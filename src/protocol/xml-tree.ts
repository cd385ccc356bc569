// An XML document as a tree whose names are resolved by namespace URI: for answers that are read once, not for events.
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { fail, isBridgeError } from '../util/errors.ts';
import { declaredPrefix, resolvePrefix, type Scope, splitName } from './namespaces.ts';
import { decodeText } from './text.ts';
import { escapeXml, unescapeXml } from './xml-escape.ts';
import { limitMarkup } from './xml-reader.ts';

/** The largest answer that is read. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_DEPTH = 64;
/** Tags and attributes: the declarations of a thousand topics have as many. */
const MAX_MARKUP = 50_000;

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

/** fast-xml-parser's `preserveOrder` form: one key, the name or `#text` or `#cdata`; attributes under `:@`. */
type RawNode = Record<string, unknown>;

/**
 * The root element of an XML document of up to 4 MiB, 50,000 tags and attributes, and 64 levels.
 * @throws PROTOCOL where it is malformed, has a DOCTYPE, or is nested too deep; TOO_LARGE.
 */
export function readXmlTree(document: Buffer | string): XmlElement {
  if (document.length > MAX_BYTES) throw fail('TOO_LARGE', `the answer has ${document.length} bytes`);
  const text = withoutZeros(typeof document === 'string' ? document : decodeText(document)).trimStart();
  if (/<!DOCTYPE/i.test(text)) throw fail('PROTOCOL', 'the answer has a DOCTYPE, which is refused');
  limitMarkup(text, MAX_MARKUP);
  try {
    const verdict = XMLValidator.validate(text);
    if (verdict !== true) throw new Error(verdict.err.msg);
    const root = (createParser().parse(text) as RawNode[]).find(node => elementName(node) !== undefined);
    if (root === undefined) throw new Error('no root element');
    return toElement(root, undefined, 1);
  } catch (error) {
    if (isBridgeError(error)) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw fail('PROTOCOL', `the XML is not well-formed: ${detail.slice(0, 120)}`);
  }
}

/** Without the zeros at its end, which some devices send with their texts. */
function withoutZeros(text: string): string {
  let end = text.length;
  while (text.charCodeAt(end - 1) === 0) end -= 1;
  return text.slice(0, end);
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

function createParser(): XMLParser {
  return new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    cdataPropName: '#cdata',
    parseTagValue: false,
    parseAttributeValue: false,
    processEntities: false,
    trimValues: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    jPath: false,
  });
}

function toElement(node: RawNode, outer: Scope | undefined, depth: number): XmlElement {
  if (depth > MAX_DEPTH) throw fail('PROTOCOL', `the XML is nested deeper than ${MAX_DEPTH} levels`);
  const name = elementName(node) ?? '';
  const { attributes, scope } = readAttributes(node[':@'], outer);
  const { prefix, local } = splitName(name);
  const element: XmlElement = {
    prefix,
    local,
    uri: resolvePrefix(scope, prefix) ?? '',
    attributes,
    children: [],
    text: '',
    scope,
  };
  for (const inner of rawNodes(node[name])) {
    if (elementName(inner) === undefined) element.text += rawText(inner);
    else element.children.push(toElement(inner, scope, depth + 1));
  }
  return element;
}

function readAttributes(
  raw: unknown,
  outer: Scope | undefined,
): { attributes: XmlAttribute[]; scope: Scope | undefined } {
  const named: { name: string; value: string }[] = [];
  const declared = new Map<string, string>();
  for (const [name, text] of Object.entries(raw ?? {})) {
    const value = unescapeXml(String(text));
    const prefix = declaredPrefix(name);
    if (prefix === undefined) named.push({ name, value });
    else declared.set(prefix, value.trim());
  }
  const scope = declared.size === 0 ? outer : { outer, declared };
  const attributes = named.map(({ name, value }): XmlAttribute => {
    const { prefix, local } = splitName(name);
    return { prefix, local, uri: prefix === '' ? '' : (resolvePrefix(scope, prefix) ?? ''), value };
  });
  return { attributes, scope };
}

function elementName(node: RawNode): string | undefined {
  return Object.keys(node).find(key => key !== ':@' && !key.startsWith('#'));
}

function rawNodes(value: unknown): RawNode[] {
  return Array.isArray(value) ? value : [];
}

function rawText(node: RawNode): string {
  if ('#text' in node) return unescapeXml(String(node['#text']));
  return rawNodes(node['#cdata'])
    .map(part => String(part['#text'] ?? ''))
    .join('');
}
