// The values of items, typed as the device declares them.
import type { Item, ItemDeclaration, Json, Values } from '../event.ts';

/** Values by name; a name that comes twice becomes an array. */
export function typed(items: readonly Item[], declared: readonly ItemDeclaration[] | undefined): Values {
  const values: Values = {};
  let repeated: Set<string> | undefined;
  for (const { name, value: raw } of items) {
    const value = convert(raw, typeOf(name, declared));
    if (!Object.hasOwn(values, name)) set(values, name, value);
    else if (repeated?.has(name)) (values[name] as Json[]).push(value);
    else {
      repeated ??= new Set();
      repeated.add(name);
      set(values, name, [values[name] as Json, value]);
    }
  }
  return values;
}

/** `__proto__` is a name like any other. */
function set(values: Values, name: string, value: Json): void {
  if (name !== '__proto__') values[name] = value;
  else Object.defineProperty(values, name, { value, enumerable: true, writable: true, configurable: true });
}

function typeOf(name: string, declared: readonly ItemDeclaration[] | undefined): string | undefined {
  if (declared === undefined) return undefined;
  for (const item of declared) if (item.name === name) return item.type;
  return undefined;
}

function convert(value: Json, type: string | undefined): Json {
  if (typeof value !== 'string' || type === undefined) return value;
  const converter = CONVERTERS[type.slice(type.indexOf(':') + 1)];
  return converter?.(value.trim()) ?? value;
}

type Converter = (text: string) => Json | undefined;

/** By the local name of the declared XML type; what is not here stays text. Undefined: it does not fit its type. */
const CONVERTERS: Readonly<Record<string, Converter>> = {
  __proto__: null as never,
  boolean: text => BOOLEANS.get(text),
  ...Object.fromEntries(
    ['int', 'integer', 'long', 'short', 'byte', 'nonNegativeInteger', 'positiveInteger', 'negativeInteger']
      .concat(['nonPositiveInteger', 'unsignedInt', 'unsignedLong', 'unsignedShort', 'unsignedByte'])
      .map((type): [string, Converter] => [type, integer]),
  ),
  double: number,
  float: number,
  decimal: number,
};

const BOOLEANS = new Map<string, boolean>([
  ['1', true],
  ['true', true],
  ['0', false],
  ['false', false],
]);

/** Past 2^53 a JSON reader would lose digits: it stays the text that it was. */
function integer(text: string): Json | undefined {
  const value = /^[+-]?\d{1,17}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value + 0 : undefined;
}

function number(text: string): Json | undefined {
  const value = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}
