// Which topics, topic patterns and topic templates the configuration takes (DESIGN 2.2).
import { suggest } from '../util/suggest.ts';

/** What is wrong with a text; undefined where it is right. */
export type Complaint = { message: string; suggestion?: string | undefined } | undefined;

const NAMES = ['base', 'bridge', 'device', 'serial', 'kind', 'topic', 'source', 'axisTopic', 'onvifTopic'];
const KNOWN = [...NAMES.map(name => `{${name}}`), '{labels.NAME}'].join(' ');
/** MQTT 5 §1.5.4: no NUL, no lone surrogates; other control characters are "should not". */
const UNFIT = /[\p{Cc}\p{Cs}]/u;

/** One level of a topic, such as a camera's ID. */
export function levelComplaint(text: string): Complaint {
  if (/[/+#]/.test(text) || UNFIT.test(text)) {
    return { message: 'is one level of a topic: no `/`, `+`, `#` or control characters' };
  }
  return text.startsWith('$') ? { message: 'must not begin with `$`' } : undefined;
}

/** A topic to publish to, or its beginning. */
export function topicComplaint(text: string): Complaint {
  if (/[+#]/.test(text) || UNFIT.test(text)) {
    return { message: 'is a topic to publish to: no `+`, `#` or control characters' };
  }
  // MQTT 5 §4.7.2: topics with `$` belong to the broker.
  if (text.startsWith('$')) return { message: 'must not begin with `$`, which is the broker’s own' };
  if (text.startsWith('/') || text.endsWith('/')) return { message: 'must not begin or end with `/`' };
  return text.includes('//') ? { message: 'has an empty level (`//`)' } : undefined;
}

/** A filter of topics to subscribe to (MQTT 5 §4.7). */
export function filterComplaint(text: string): Complaint {
  if (UNFIT.test(text)) return { message: 'must not hold control characters' };
  // MQTT 5 §4.8.2: of such a group each message goes to one alone.
  if (text.startsWith('$share/')) return { message: 'must not be a shared subscription' };
  const levels = text.split('/');
  const isWild = (level: string, at: number) =>
    /[+#]/.test(level) && level !== '+' && !(level === '#' && at === levels.length - 1);
  return levels.some(isWild)
    ? { message: 'takes `+` for one whole level, and `#` for all levels at its end' }
    : undefined;
}

/** A topic with `{name}` in it. */
export function templateComplaint(text: string): Complaint {
  const names = [...text.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name);
  const unknown = names.find(name => !(NAMES.includes(name) || /^labels\../.test(name)));
  if (unknown !== undefined) {
    const nearest = suggest(unknown, [...NAMES, 'labels.NAME']);
    return { message: `has an unknown name; known are ${KNOWN}`, suggestion: nearest && `{${nearest}}` };
  }
  const rest = text.replaceAll(/\{[^{}]*\}/g, 'x');
  if (/[{}]/.test(rest)) return { message: 'has a `{` without its `}`, or a `}` without its `{`' };
  return topicComplaint(rest);
}

/** A pattern of device topics: `*` is one level, `**` any number. */
export function patternComplaint(text: string): Complaint {
  const levels = text.split('/');
  if (levels.includes('')) return { message: 'has an empty level; it neither begins nor ends with `/`' };
  if (levels.some(level => /[+#]/.test(level)))
    return { message: 'takes `*` for one level and `**` for any number' };
  if (levels.some(level => level.includes('*') && !/^\*\*?$/.test(level))) {
    return { message: 'takes `*` and `**` for whole levels only' };
  }
  return undefined;
}
