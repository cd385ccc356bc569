// A small strict reader of the XML that clients send: names resolved by their declarations, no guesses.

export interface XmlNode {
  uri: string;
  name: string;
  attributes: readonly { uri: string; name: string; value: string }[];
  children: XmlNode[];
  text: string;
  /** What the prefixes mean here. */
  scope: Readonly<Record<string, string>>;
}

const TOKEN =
  /<\?[\s\S]*?\?>|<\/([\w.:-]+)\s*>|<([\w.:-]+)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
const ATTRIBUTE = /([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const SCOPE = { '': '', xml: 'http://www.w3.org/XML/1998/namespace' };
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

interface Open {
  node: XmlNode;
  tag: string;
}

/** The root element; undefined where the text is not well-formed or uses a prefix that it does not declare. */
export function readXml(text: string): XmlNode | undefined {
  const root: XmlNode = { uri: '', name: '', attributes: [], children: [], text: '', scope: SCOPE };
  const open: Open[] = [{ node: root, tag: '' }];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text);
    if (token === null || !take(token, open)) return undefined;
  }
  const [only, ...others] = root.children;
  return open.length === 1 && others.length === 0 && root.text.trim() === '' ? only : undefined;
}

/** False where the token may not stand there. */
function take([, closing, opening, attributes = '', empty, text]: RegExpExecArray, open: Open[]): boolean {
  const parent = open.at(-1)?.node;
  if (parent === undefined) return false;
  if (closing !== undefined) return open.pop()?.tag === closing && open.length > 0;
  parent.text += decode(text ?? '');
  if (opening === undefined) return true;
  const node = element(opening, attributes, parent.scope);
  if (node === undefined) return false;
  parent.children.push(node);
  if (empty === '') open.push({ node, tag: opening });
  return true;
}

/** The child of that namespace and name. */
export function find(node: XmlNode | undefined, uri: string, name: string): XmlNode | undefined {
  return node?.children.find(child => child.uri === uri && child.name === name);
}

function element(tag: string, text: string, outer: XmlNode['scope']): XmlNode | undefined {
  const scope = { ...outer };
  const plain: [name: string, value: string][] = [];
  for (const [, name = '', double, single] of text.matchAll(ATTRIBUTE)) {
    const value = decode(double ?? single ?? '');
    if (name === 'xmlns') scope[''] = value;
    else if (name.startsWith('xmlns:')) scope[name.slice(6)] = value;
    else plain.push([name, value]);
  }
  const own = resolve(tag, scope, scope['']);
  const attributes = plain.flatMap(([name, value]) => {
    const resolved = resolve(name, scope, '');
    return resolved ? [{ ...resolved, value }] : [];
  });
  if (own === undefined || attributes.length < plain.length) return undefined;
  return { ...own, attributes, children: [], text: '', scope };
}

/** A name with the URI of its prefix, or with `bare` where it has none. */
function resolve(
  name: string,
  scope: XmlNode['scope'],
  bare = '',
): { uri: string; name: string } | undefined {
  const colon = name.indexOf(':');
  if (colon < 0) return { uri: bare, name };
  const uri = Object.hasOwn(scope, name.slice(0, colon)) ? scope[name.slice(0, colon)] : undefined;
  return uri === undefined ? undefined : { uri, name: name.slice(colon + 1) };
}

function decode(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+));/g, (whole, code, name) =>
    code ? String.fromCodePoint(Number(code)) : (ENTITIES[name] ?? whole),
  );
}
