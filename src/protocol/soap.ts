// SOAP and other XML answers as a tree whose names are resolved by namespace URI; envelopes and faults.
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { fail, isBridgeError } from '../util/errors.ts';
import { declaredPrefix, NS, resolvePrefix, type Scope, splitName } from './namespaces.ts';
import { decodeXml } from './text.ts';
import { escapeXml, unescapeXml } from './xml-escape.ts';

/** The largest answer that is read. */
const MAX_SOAP = 4 * 1024 * 1024;
const MAX_DEPTH = 64;

interface XmlAttribute {
  prefix: string;
  local: string;
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
}

export interface SoapFault {
  /** Local names: `Sender`, `InvalidArgs`; `''` where it says none. */
  code: string;
  subcode: string;
  reason: string;
}

/** fast-xml-parser's `preserveOrder` form: one key, the name or `#text` or `#cdata`; attributes under `:@`. */
type RawNode = Record<string, unknown>;

/**
 * The root element of an XML document of up to 4 MiB and 64 levels.
 * @throws PROTOCOL where it is malformed, has a DOCTYPE, or is nested too deep; TOO_LARGE.
 */
export function readXml(document: Buffer | string): XmlElement {
  if (document.length > MAX_SOAP) throw fail('TOO_LARGE', `the answer has ${document.length} bytes`);
  const text = (typeof document === 'string' ? document : decodeXml(document)).trimStart();
  if (/<!DOCTYPE/i.test(text)) throw fail('PROTOCOL', 'the answer has a DOCTYPE, which is refused');
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

/** The first element in the Body of a SOAP 1.2 or 1.1 envelope; a document without an envelope is its own body. */
export function readSoapBody(document: Buffer | string): XmlElement {
  const root = readXml(document);
  if (root.local !== 'Envelope') return root;
  const body = root.children.find(child => child.local === 'Body' && child.uri === root.uri)?.children[0];
  if (body === undefined) throw fail('PROTOCOL', 'the SOAP envelope has no body');
  return body;
}

/** What a Fault says, undefined where the element is none (SOAP 1.2 §5.4, SOAP 1.1 §4.4). */
export function readFault(body: XmlElement): SoapFault | undefined {
  if (body.local !== 'Fault' || (body.uri !== NS.soap12 && body.uri !== NS.soap11)) return undefined;
  const code = child(body, 'Code') ?? child(body, 'faultcode');
  const reason = child(body, 'Reason') ?? child(body, 'faultstring');
  return {
    code: valueName(code),
    subcode: valueName(code && child(code, 'Subcode')),
    reason: (reason && (child(reason, 'Text') ?? reason))?.text.trim() ?? '',
  };
}

/** The first child of that local name (and namespace, if given). */
export function child(element: XmlElement, local: string, uri?: string): XmlElement | undefined {
  return element.children.find(each => each.local === local && (uri === undefined || each.uri === uri));
}

/** The value of the attribute of that local name, whatever its prefix. */
export function attributeOf(element: XmlElement, local: string): string | undefined {
  return element.attributes.find(each => each.local === local)?.value;
}

/** A SOAP 1.2 request. `header` and `body` are XML that declares its own prefixes. */
export function soapEnvelope({ header = '', body }: { header?: string; body: string }): string {
  const head = header === '' ? '' : `<s:Header>${header}</s:Header>`;
  return `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${NS.soap12}">${head}<s:Body>${body}</s:Body></s:Envelope>`;
}

/**
 * An element as XML again, every name with its namespace declared: for reference parameters, which are sent back as
 * they came (WS-Addressing). `extra` is put among its attributes.
 */
export function writeXml(element: XmlElement, extra = ''): string {
  const name = element.prefix === '' ? element.local : `${element.prefix}:${element.local}`;
  const declaration = element.prefix === '' ? 'xmlns' : `xmlns:${element.prefix}`;
  const attributes = element.attributes.filter(({ prefix }) => prefix === '');
  const written = attributes.map(({ local, value }) => ` ${local}="${escapeXml(value)}"`).join('');
  const content = escapeXml(element.text) + element.children.map(each => writeXml(each)).join('');
  return `<${name} ${declaration}="${escapeXml(element.uri)}"${written}${extra}>${content}</${name}>`;
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
  const attributes: XmlAttribute[] = [];
  const declared = new Map<string, string>();
  for (const [key, text] of Object.entries(raw ?? {})) {
    const value = unescapeXml(String(text));
    const prefix = declaredPrefix(key);
    if (prefix === undefined) attributes.push({ ...splitName(key), value });
    else declared.set(prefix, value.trim());
  }
  return { attributes, scope: declared.size === 0 ? outer : { outer, declared } };
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

/** `env:Sender` of a Code, a Subcode or a faultcode as `Sender`. */
function valueName(element: XmlElement | undefined): string {
  const text = (element && (child(element, 'Value') ?? element))?.text.trim() ?? '';
  return splitName(text).local;
}
