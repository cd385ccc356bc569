// The XML of the older VAPIX answers, whose namespaces mean nothing: elements, attributes and texts by local name.
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { withoutZeros } from '../protocol/text.ts';
import { unescapeXml } from '../protocol/xml-escape.ts';
import { limitMarkup } from '../protocol/xml-reader.ts';
import { fail, isBridgeError, wordsOf } from '../util/errors.ts';

/** Characters, tags and attributes: real answers have a hundredth of these. */
const MAX_LENGTH = 256 * 1024;
const MAX_MARKUP = 10_000;
const MAX_DEPTH = 64;

export interface VapixElement {
  local: string;
  attributes: ReadonlyMap<string, string>;
  children: VapixElement[];
  /** All text directly inside, references resolved, blanks kept. */
  text: string;
}

/** fast-xml-parser's `preserveOrder` form: one key, the name or `#text` or `#cdata`; attributes under `:@`. */
type RawNode = Record<string, unknown>;

/**
 * The root element of an answer of up to 256 Ki characters, 10,000 tags and attributes, and 64 levels.
 * @throws PROTOCOL where it is malformed, has a DOCTYPE, or is nested too deep; TOO_LARGE.
 */
export function readVapixXml(answer: string): VapixElement {
  if (answer.length > MAX_LENGTH) throw fail('TOO_LARGE', `the answer has ${answer.length} characters`);
  limitMarkup(answer, MAX_MARKUP);
  const text = withoutZeros(answer).trimStart();
  if (/<!DOCTYPE/i.test(text)) throw fail('PROTOCOL', 'the answer has a DOCTYPE, which is refused');
  try {
    const verdict = XMLValidator.validate(text);
    if (verdict !== true) throw new Error(verdict.err.msg);
    const root = (createParser().parse(text) as RawNode[]).find(node => elementName(node) !== undefined);
    if (root === undefined) throw new Error('no root element');
    return toElement(root, 1);
  } catch (error) {
    if (isBridgeError(error)) throw error;
    const detail = wordsOf(error);
    throw fail('PROTOCOL', `the XML is not well-formed: ${detail.slice(0, 120)}`);
  }
}

/** The first element of that local name, the one asked or one inside it. */
export function findElement(element: VapixElement, local: string): VapixElement | undefined {
  if (element.local === local) return element;
  const direct = element.children.find(each => each.local === local);
  if (direct !== undefined) return direct;
  for (const inner of element.children) {
    const found = findElement(inner, local);
    if (found !== undefined) return found;
  }
  return undefined;
}

function createParser(): XMLParser {
  return new XMLParser({
    preserveOrder: true,
    removeNSPrefix: true,
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

function toElement(node: RawNode, depth: number): VapixElement {
  if (depth > MAX_DEPTH) throw fail('PROTOCOL', `the XML is nested deeper than ${MAX_DEPTH} levels`);
  const local = elementName(node) ?? '';
  const attributes = Object.entries(node[':@'] ?? {}).map(
    ([name, value]) => [name, unescapeXml(String(value))] as const,
  );
  const element: VapixElement = { local, attributes: new Map(attributes), children: [], text: '' };
  for (const inner of rawNodes(node[local])) {
    if (elementName(inner) === undefined) element.text += rawText(inner);
    else element.children.push(toElement(inner, depth + 1));
  }
  return element;
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
