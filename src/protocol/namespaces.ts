// XML namespaces: the URIs of the event world, the prefixes that everybody writes for them, and scopes.

export const NS = {
  tt: 'http://www.onvif.org/ver10/schema',
  tev: 'http://www.onvif.org/ver10/events/wsdl',
  topics: 'http://www.onvif.org/ver10/topics',
  axisTopics: 'http://www.axis.com/2009/event/topics',
  axisEvents: 'http://www.axis.com/vapix/ws/event1',
  axisSubscription: 'http://www.axis.com/2009/event',
  wsnt: 'http://docs.oasis-open.org/wsn/b-2',
  wstop: 'http://docs.oasis-open.org/wsn/t-1',
  wsa: 'http://www.w3.org/2005/08/addressing',
  soap12: 'http://www.w3.org/2003/05/soap-envelope',
  soap11: 'http://schemas.xmlsoap.org/soap/envelope/',
  xml: 'http://www.w3.org/XML/1998/namespace',
  xsd: 'http://www.w3.org/2001/XMLSchema',
} as const;

/** What a prefix means that a fragment uses without declaring it. */
const CONVENTIONAL = new Map<string, string>([
  ['tt', NS.tt],
  ['tev', NS.tev],
  ['tns1', NS.topics],
  ['onvif', NS.topics],
  ['tnsaxis', NS.axisTopics],
  ['axis', NS.axisTopics],
  ['aev', NS.axisEvents],
  ['wsnt', NS.wsnt],
  ['wstop', NS.wstop],
  ['wsa', NS.wsa],
  ['wsa5', NS.wsa],
  ['xml', NS.xml],
  ['xsd', NS.xsd],
  ['xs', NS.xsd],
]);

/** The declarations of one element and, through `outer`, of the elements around it. */
export interface Scope {
  outer: Scope | undefined;
  declared: ReadonlyMap<string, string>;
}

/** The URI of a prefix (`''`: the default namespace), undefined where nobody declared it. */
export function resolvePrefix(scope: Scope | undefined, prefix: string): string | undefined {
  for (let level = scope; level !== undefined; level = level.outer) {
    const uri = level.declared.get(prefix);
    if (uri !== undefined) return uri;
  }
  return CONVENTIONAL.get(prefix);
}

/** `tt:Message` as `{prefix: 'tt', local: 'Message'}`. */
export function splitName(name: string): { prefix: string; local: string } {
  const colon = name.indexOf(':');
  return colon < 0
    ? { prefix: '', local: name }
    : { prefix: name.slice(0, colon), local: name.slice(colon + 1) };
}

/** The prefix that an attribute's name declares (`xmlns:tt` declares `tt`), undefined where it is no declaration. */
export function declaredPrefix(attribute: string): string | undefined {
  if (!attribute.startsWith('xmlns')) return undefined;
  if (attribute.length === 5) return '';
  return attribute[5] === ':' ? attribute.slice(6) : undefined;
}

const DECLARATION = /\sxmlns(?::([\w.-]+))?\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/g;

/** All that the tags of a piece of XML declare, whichever of them are still open; for XML that is damaged. */
export function declarationsIn(xml: string): Map<string, string> {
  const found = [...xml.matchAll(DECLARATION)];
  return new Map(found.map(([, prefix = '', double, single]) => [prefix, (double ?? single ?? '').trim()]));
}
