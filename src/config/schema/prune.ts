// Takes wrong values out of a file's values, so that the rest can be judged.
import type { Path } from '../path.ts';
import type { Mapping, Value } from '../yaml/values.ts';

/** A copy without what stands at `paths`; a list goes as a whole, since the places of its items must stay. */
export function prune(value: Value, paths: readonly Path[]): Value {
  const copy = structuredClone(value);
  for (const path of paths) remove(copy, path);
  return copy;
}

function remove(root: Value, path: Path): void {
  let holder: { mapping: Mapping; name: string } | undefined;
  let place: Value | undefined = root;
  for (const step of path) {
    if (isMapping(place) && typeof step === 'string' && Object.hasOwn(place, step)) {
      holder = { mapping: place, name: step };
      place = place[step];
    } else if (Array.isArray(place) && typeof step === 'number') place = place[step];
    else break;
  }
  if (holder) delete holder.mapping[holder.name];
}

function isMapping(value: Value | undefined): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
