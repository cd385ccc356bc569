// ONVIF topic paths as text: without their prefixes, and matched by a pattern.

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
