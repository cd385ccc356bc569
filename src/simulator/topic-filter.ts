// The `eventtopic` parameter (PROTOCOLS 1.2): ConcreteSet with the prefixes `onvif:` and `axis:`, `|` and `,`, `//.`.

export type TopicFilter = (topic: string) => boolean;

const PREFIXES: Record<string, string> = { onvif: 'tns1', axis: 'tnsaxis' };
const PATH = /^((?:[\w.-]+:)?[^/\s:]+(?:\/(?:[\w.-]+:)?[^/\s:]+)*)?(\/\/\.)?$/;

/** What a stream with this parameter delivers; undefined where the expression cannot be read. */
export function parseTopicFilter(expression: string | null): TopicFilter | undefined {
  if (!expression) return () => true;
  const paths = expression.split(/[|,]/).map(parsePath);
  const known = paths.filter(path => path !== undefined);
  if (known.length < paths.length) return undefined;
  return topic => known.some(matches => matches(topic));
}

function parsePath(text: string): TopicFilter | undefined {
  const [whole, path = '', subtree] = PATH.exec(text.trim()) ?? [];
  if (!whole) return undefined;
  const names = path === '' ? [] : path.split('/').map(toWire);
  if (names.includes('')) return undefined;
  const root = names.join('/');
  if (!subtree) return topic => topic === root;
  return topic => root === '' || topic === root || topic.startsWith(`${root}/`);
}

/** One level with the prefix that notifications bear; empty where the prefix is not a documented one. */
function toWire(name: string): string {
  const colon = name.indexOf(':');
  if (colon < 0) return name;
  const prefix = PREFIXES[name.slice(0, colon)];
  return prefix ? `${prefix}${name.slice(colon)}` : '';
}
