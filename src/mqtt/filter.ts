// A topic filter (MQTT 5 §4.7) as a test of topics.

/** `+` is one level, `#` at the end any number, none too. The filter is one that a broker has taken. */
export function createTopicFilter(filter: string): (topic: string) => boolean {
  const levels = filter.split('/');
  const open = levels.at(-1) === '#';
  const fixed = open ? levels.slice(0, -1) : levels;
  const path = fixed.map(level => (level === '+' ? '[^/]*' : literal(level))).join('/');
  if (filter === '#') return () => true;
  const pattern = new RegExp(`^${path}${open ? '(?:/.*)?' : ''}$`, 's');
  return topic => pattern.test(topic);
}

/** Whether some topic matches both. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [one.split('/'), other.split('/')];
  for (let level = 0; ; level++) {
    const [x, y] = [a[level], b[level]];
    if (x === '#' || y === '#') return true;
    if (x === undefined || y === undefined) return x === y;
    if (x !== y && x !== '+' && y !== '+') return false;
  }
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
