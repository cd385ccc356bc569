// Items of an event as one writes them in code and scenarios, and as the wire has them.

type Scalar = string | number | boolean;

/** Values by item name; a list makes several items of one name. */
export type Values = Readonly<Record<string, Scalar | readonly Scalar[]>>;

/** One item of the wire: name and text. */
export type Pair = readonly [name: string, text: string];

/** The groups of an event; an absent one is empty. */
export interface Groups {
  source?: Values;
  key?: Values;
  data?: Values;
}

/** The items of a group in their order; a boolean is written `1` or `0` (PROTOCOLS 9). */
export function toPairs(values: Values = {}): Pair[] {
  return Object.entries(values).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one: Scalar): Pair => [name, text(one)]),
  );
}

function text(value: Scalar): string {
  return typeof value === 'boolean' ? String(Number(value)) : String(value);
}
