// The `eventtopic` parameter (PROTOCOLS 1.2): ConcreteSet with the prefixes `onvif:` and `axis:`, `|` and `,`, `//.`.

export type TopicFilter = (topic: string) => boolean;

type Prefixes = Readonly<Record<string, string>>;

const PREFIXES: Prefixes = { onvif: 'tns1', axis: 'tnsaxis' };
const PATH = /^((?:[\w.-]+:)?[^/\s:]+(?:\/(?:[\w.-]+:)?[^/\s:]+)*)?(\/\/\.)?$/;

/**
 * What a stream with this parameter delivers; undefined where the expression cannot be read. `prefixes`: what they mean,
 * where it is not RTSP's.
 */
export function parseTopicFilter(expression: string | null, prefixes = PREFIXES): TopicFilter | undefined {
  if (!expression) return () => true;
  const paths = expression.split(/[|,]/).map(path => parsePath(path, prefixes));
  const known = paths.filter(path => path !== undefined);
  if (known.length < paths.length) return undefined;
  return topic => known.some(matches => matches(topic));
}

function parsePath(text: string, prefixes: Prefixes): TopicFilter | undefined {
  const [whole, path = '', subtree] = PATH.exec(text.trim()) ?? [];
  if (!whole) return undefined;
  const names = path === '' ? [] : path.split('/').map(name => toWire(name, prefixes));
  if (names.includes('')) return undefined;
  const root = names.join('/');
  if (!subtree) return topic => topic === root;
  return topic => root === '' || topic === root || topic.startsWith(`${root}/`);
}

/** One level with the prefix that notifications bear; empty where the prefix is not a documented one. */
function toWire(name: string, prefixes: Prefixes): string {
  const colon = name.indexOf(':');
  if (colon < 0) return name;
  const prefix = prefixes[name.slice(0, colon)];
  return prefix ? `${prefix}${name.slice(colon)}` : '';
}
