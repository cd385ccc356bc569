// Whether a payload is as a trigger wants it; pure.
import { createHash } from 'node:crypto';
import type { Json } from '../event.ts';

type Scalar = string | number | boolean | null;

/** What a value has to be: all of it. `changed`: another than in the message before. */
export interface Test {
  readonly not?: Scalar;
  readonly in?: readonly Scalar[];
  readonly above?: number;
  readonly below?: number;
  readonly changed?: boolean;
  readonly missing?: boolean;
}

/** By the path of a value (`data.state`, `list.0`, `$` for the payload itself): the very value, or a test of it. */
export type Conditions = Readonly<Record<string, Scalar | Test>>;

/** What is kept of a payload to tell what changes after it. */
export type Trace = ReadonlyMap<string, string>;

/** Whether all conditions hold; `before` is the trace of the payload before it, where there was one. */
export function holds(conditions: Conditions, payload: Json, before?: Trace): boolean {
  return Object.entries(conditions).every(([path, wanted]) => {
    const value = valueAt(path, payload);
    if (!isTest(wanted)) return value === wanted;
    return passes(wanted, value) && hasChanged(wanted, before?.get(path), value, before !== undefined);
  });
}

/** The trace of a payload: what its values of `changed` are, or a hash of one that is long. */
export function traceOf(conditions: Conditions, payload: Json): Trace {
  const paths = Object.entries(conditions).filter(
    ([, wanted]) => isTest(wanted) && wanted.changed !== undefined,
  );
  return new Map(paths.map(([path]) => [path, sketch(valueAt(path, payload))]));
}

/** What is not there passes no test but that of its absence. */
function passes(test: Test, value: Json | undefined): boolean {
  const { not, in: allowed, above, below, missing } = test;
  if (value === undefined) return missing === true;
  return (
    missing !== true &&
    (not === undefined || value !== not) &&
    (allowed === undefined || allowed.some(one => one === value)) &&
    (above === undefined || (typeof value === 'number' && value > above)) &&
    (below === undefined || (typeof value === 'number' && value < below))
  );
}

/** Before the first message nothing is known, so that it changes nothing. */
function hasChanged(
  { changed }: Test,
  before: string | undefined,
  value: Json | undefined,
  known: boolean,
): boolean {
  return changed === undefined || changed === (known && before !== sketch(value));
}

const SKETCH_MAX = 64;

function sketch(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? '';
  return text.length <= SKETCH_MAX ? text : createHash('sha256').update(text).digest('base64');
}

/** Own members only: `__proto__` is a name like any other. A name with dots in it is found as well. */
function valueAt(path: string, payload: Json | undefined): Json | undefined {
  if (path === '$') return payload;
  if (typeof payload !== 'object' || payload === null) return undefined;
  const members = new Map<string, Json>(Object.entries(payload));
  const whole = members.get(path);
  const dot = path.indexOf('.');
  if (whole !== undefined || dot < 0) return whole;
  return valueAt(path.slice(dot + 1), members.get(path.slice(0, dot)));
}

function isTest(wanted: Scalar | Test): wanted is Test {
  return typeof wanted === 'object' && wanted !== null;
}
