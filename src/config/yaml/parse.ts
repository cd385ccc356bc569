// YAML text to plain values with the line of each, and the library's errors (which quote the text) in words of our own.
import { Composer, type CST, type ErrorCode, Lexer, LineCounter, Parser, type YAMLError } from 'yaml';
import type { Flaw, Path, Position } from '../path.ts';
import { readValues, type Value } from './values.ts';

export interface YamlResult {
  /** Absent where the text is no YAML. */
  value?: Value;
  flaws: Flaw[];
  /** Where a value stands, or the nearest that holds it. */
  locate(path: Path): Position | undefined;
  /** Whether a text without quotes stands there and ` #` behind it. */
  isCommented(path: Path): boolean;
}

// The library composes by recursion (a file of `[` ends the process) and compares all keys of a mapping with each
// other (60,000 keys: 76 s): so depth and count are bounded before it, and values.ts looks for doubled keys.
const MAX_DEPTH = 40;
const MAX_TOKENS = 250_000;
const MAX_FLAWS = 10;
const OPTIONS = {
  prettyErrors: false,
  stringKeys: true,
  uniqueKeys: false,
  resolveKnownTags: false,
  logLevel: 'silent',
} as const;

/** Reads one document. Anchors, aliases and merge keys (`<<`) are resolved. Nothing in the result quotes the text. */
export function parseYaml(text: string): YamlResult {
  const lines = new LineCounter();
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const { tokens, excess } = tokenize(text, lines);
  if (excess) return unreadable([{ path: [], message: excess.message, at: position(excess.offset) }]);

  const [document, second] = new Composer(OPTIONS).compose(tokens, true, text.length);
  const errors = [...(document?.errors ?? []), ...(document?.warnings ?? [])];
  const flaws = errors.map(error => toFlaw(error, position));
  if (second) flaws.push({ path: [], message: REASONS.MULTIPLE_DOCS, at: position(second.range[0]) });
  if (flaws.length > 0) return unreadable(flaws.slice(0, MAX_FLAWS));
  return readValues(document?.contents ?? null, position);
}

function unreadable(flaws: Flaw[]): YamlResult {
  return { flaws, locate: () => undefined, isCommented: () => false };
}

function tokenize(text: string, lines: LineCounter) {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    count += 1;
    if (parser.stack.length > MAX_DEPTH) return { tokens, excess: over('is nested too deeply', parser) };
    if (count > MAX_TOKENS) return { tokens, excess: over('holds too many values', parser) };
  }
  tokens.push(...parser.end());
  return { tokens };
}

function over(message: string, { offset }: Parser) {
  return { message, offset };
}

function toFlaw(error: YAMLError, position: (offset: number) => Position): Flaw {
  return { path: [], message: `is not valid YAML: ${REASONS[error.code]}`, at: position(error.pos[0]) };
}

const REASONS: Record<ErrorCode, string> = {
  ALIAS_PROPS: 'an alias (`*name`) takes no anchor or tag',
  BAD_ALIAS: 'this alias (`*name`) has no anchor (`&name`) before it',
  BAD_COLLECTION_TYPE: 'this tag (`!…`) does not fit its value',
  BAD_DIRECTIVE: 'this `%` directive is not known',
  BAD_DQ_ESCAPE: 'a `\\` in a "quoted" text needs a known escape; write `\\\\`, or use single quotes',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_PROP_ORDER: 'an anchor or tag stands in the wrong place',
  BAD_SCALAR_START: 'a text that begins with a special character needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a value is expected on a line of its own, or a text with `: ` in it needs quotes',
  BLOCK_IN_FLOW: 'a list or mapping over lines cannot stand inside { } or [ ]',
  DUPLICATE_KEY: 'this key stands here twice',
  IMPOSSIBLE: 'this cannot be read',
  KEY_OVER_1024_CHARS: 'a key is too long',
  MISSING_CHAR: 'a closing quote, bracket, colon or space is missing',
  MULTILINE_IMPLICIT_KEY: 'a key must end with `:` on its own line',
  MULTIPLE_ANCHORS: 'a value takes one anchor',
  MULTIPLE_DOCS: 'a second document (`---`) begins here; one is allowed',
  MULTIPLE_TAGS: 'a value takes one tag',
  NON_STRING_KEY: 'a key must be plain text',
  RESOURCE_EXHAUSTION: 'it holds too much',
  TAB_AS_INDENT: 'indent with spaces, not with tabs',
  TAG_RESOLVE_FAILED: 'tags (`!…`) are not used here',
  UNEXPECTED_TOKEN:
    'something unexpected stands here; inside { } or [ ] a text that holds one of `{ } [ ] ,` needs quotes',
};
