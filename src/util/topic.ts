// ONVIF topic paths as text: without their prefixes, and matched by a pattern.

/**
 * A topic, or a pattern of topics, with each prefix written once for the levels that it holds for: `tns1:A/tns1:B` is
 * `tns1:A/B`. Behind a wildcard nobody knows which one holds.
 */
export function withoutRepeatedPrefixes(topic: string): string {
  let current = '';
  const levels = topic.split('/').map(level => {
    const prefix = level.slice(0, level.indexOf(':') + 1);
    const repeated = prefix !== '' && prefix === current;
    if (prefix !== '') current = prefix;
    else if (level === '*' || level === '**') current = '';
    return repeated ? level.slice(prefix.length) : level;
  });
  return levels.join('/');
}

/** `tns1:Device/tnsaxis:IO/Port` as its segments without prefixes: `Device`, `IO`, `Port`. */
export function topicSegments(topic: string): string[] {
  return topic.split('/').map(segment => segment.slice(segment.indexOf(':') + 1));
}

/**
 * Whether a topic (with its prefixes) matches a pattern, whole and case-sensitive: `*` is one level, `**` any number
 * of levels, none too.
 */
export function matchTopic(pattern: string, topic: string): boolean {
  return matchLevels(pattern.split('/'), topic.split('/'));
}

/** Whether a name matches a glob, in which `*` stands for any text: the match of topics, a level being one character. */
export function matchGlob(glob: string, name: string): boolean {
  const levels = (text: string) => [...text].map(char => (char === '/' ? '//' : char)).join('/');
  return matchTopic(levels(glob).replaceAll('*', '**'), levels(name));
}

/** The two-pointer match: only the last `**` is ever gone back to, so no pattern costs more than its length × n. */
function matchLevels(pattern: readonly string[], topic: readonly string[]): boolean {
  let p = 0;
  let star = -1;
  let resume = 0;
  for (let t = 0; t < topic.length; ) {
    if (pattern[p] === '**') {
      star = p++;
      resume = t;
    } else if (pattern[p] === '*' || pattern[p] === topic[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === '**') p++;
  return p === pattern.length;
}
