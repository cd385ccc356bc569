// Reads WWW-Authenticate: every challenge of every header, whatever stands around it (RFC 9110 §11.6.1).

/** One way to log in that a peer offers. */
export interface Challenge {
  /** Lower case: `digest`, `basic`, … */
  scheme: string;
  /** By lower-case name, quotes and escapes removed; a name that comes twice keeps its first value. */
  params: ReadonlyMap<string, string>;
}

const MAX_TEXT = 16 * 1024;
const MAX_CHALLENGES = 16;
const MAX_PARAMS = 32;

const SEPARATORS = /[\s,]*/y;
const TOKEN = /[\w!#$%&'*+.^`|~-]+/y;
const EQUALS = /\s*=\s*/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"?/sy;
const BARE = /[^\s,]*/y;
// Credentials without names, such as Negotiate's. What looks like one but goes on is a parameter.
const TOKEN68 = /\s+[\w.~+/-]+=*(?=\s*(?:,|$))/y;

/**
 * Takes the values of all WWW-Authenticate headers of an answer and gives their challenges in order.
 * What is not understood is passed over; at most 16 KiB, 16 challenges and 32 parameters each are read.
 */
export function parseChallenges(headers: readonly string[]): Challenge[] {
  const challenges: Challenge[] = [];
  // Each header is read alone: an unfinished quote must not swallow the next header's challenge.
  let left = MAX_TEXT;
  for (const header of headers) {
    readHeader(header.slice(0, left), challenges);
    left -= Math.min(left, header.length);
  }
  return challenges;
}

function readHeader(text: string, challenges: Challenge[]): void {
  const scanner = createScanner(text);
  let params: Map<string, string> | undefined;
  while (!scanner.ended()) {
    scanner.take(SEPARATORS);
    const name = scanner.take(TOKEN)?.toLowerCase();
    if (name === undefined) {
      scanner.skip();
    } else if (scanner.take(EQUALS) !== undefined) {
      const value = readValue(scanner);
      if (params && params.size < MAX_PARAMS && !params.has(name)) params.set(name, value);
    } else {
      if (challenges.length === MAX_CHALLENGES) return;
      params = new Map();
      challenges.push({ scheme: name, params });
      scanner.take(TOKEN68);
    }
  }
}

function readValue(scanner: Scanner): string {
  const quoted = scanner.take(QUOTED);
  if (quoted === undefined) return scanner.take(BARE) ?? '';
  return quoted.replace(/\\(.)/gs, '$1');
}

interface Scanner {
  /** The text that matches here (its first group, where there is one), undefined where nothing does. */
  take(sticky: RegExp): string | undefined;
  skip(): void;
  ended(): boolean;
}

function createScanner(text: string): Scanner {
  let at = 0;
  return {
    take(sticky) {
      sticky.lastIndex = at;
      const match = sticky.exec(text);
      if (match) at = sticky.lastIndex;
      return match ? (match[1] ?? match[0]) : undefined;
    },
    skip: () => {
      at += 1;
    },
    ended: () => at >= text.length,
  };
}
