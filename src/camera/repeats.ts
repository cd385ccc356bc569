// How often one connection brought the same content with the same time: two real occurrences, not one twice.

/** Contents remembered; what repeats repeats soon. */
const REMEMBERED = 16;

/** Counts an occurrence's id; gives how often it came before. */
export function createRepeats(): (id: string) => number {
  const counts = new Map<string, number>();
  return id => {
    const before = counts.get(id) ?? 0;
    counts.delete(id);
    counts.set(id, before + 1);
    if (counts.size > REMEMBERED) counts.delete(counts.keys().next().value as string);
    return before;
  };
}
