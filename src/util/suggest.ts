// "Did you mean": the known word nearest to a misspelt one.

const LONGEST = 64;

/** The candidate that `word` most likely meant; undefined where none is near. */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined;
  const plain = simplify(word);
  const ranked = candidates
    .map(candidate => ({ candidate, cost: cost(plain, simplify(candidate)) }))
    .sort((a, b) => a.cost - b.cost);
  const [best] = ranked;
  return best && best.cost <= 2 ? best.candidate : undefined;
}

/** Edits; a beginning of the candidate (`pass` of `password`) is near, a short word must be nearer than a long one. */
function cost(word: string, candidate: string): number {
  if (word.length >= 3 && candidate.startsWith(word)) return 1;
  const edits = distance(word, candidate);
  return edits <= Math.floor(word.length / 2) ? edits : Number.POSITIVE_INFINITY;
}

function simplify(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, '');
}

/** Levenshtein's distance, where two swapped neighbours count as one edit. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      const edits = [at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + same];
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) edits.push(at(beforeLast, column - 2) + 1);
      current.push(Math.min(...edits));
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
