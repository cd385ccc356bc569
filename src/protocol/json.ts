// JSON as devices send it, of a bounded depth and number of members: what a parser does with more holds everybody up.
import { fail } from '../util/errors.ts';
import { withoutZeros } from './text.ts';

/** Levels: those of an item (64), and what stands around it. */
const MAX_DEPTH = 128;
/** Commas and brackets: an event has some dozen, the longest list of a device some thousand. */
const MAX_MARKS = 20_000;
/** Shorter texts cannot hold enough to cost anything. */
const SHORT = 8 * 1024;

/** The value that a text is. @throws PROTOCOL where it is no JSON, TOO_LARGE where there is too much in it. */
export function readJson(text: string): unknown {
  if (text.length > SHORT) limit(text);
  try {
    return JSON.parse(withoutZeros(text));
  } catch {
    // The parser's message would quote the text.
    throw fail('PROTOCOL', 'it is no JSON');
  }
}

/** Of what is no JSON the parser tells. */
function limit(text: string): void {
  let depth = 0;
  let marks = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    else if (character !== ',') continue;
    marks += 1;
    if (depth > MAX_DEPTH) throw fail('TOO_LARGE', `JSON that is nested deeper than ${MAX_DEPTH} levels`);
    if (marks > MAX_MARKS) throw fail('TOO_LARGE', `JSON of more than ${MAX_MARKS} members`);
  }
}

/** Where the string that begins there ends. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

/** By an odd number of backslashes before it. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text[before] === '\\') before -= 1;
  return (at - before) % 2 === 0;
}
