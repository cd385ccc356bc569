// The parts that payloads are made of.
import * as z from 'zod';

/** A member with its meaning, which stands in the JSON Schema. */
export function member<T extends z.ZodType>(schema: T, description: string) {
  return schema.meta({ description });
}

/** RFC 3339, UTC. */
export function time(description: string) {
  return z.string().meta({ description, format: 'date-time' });
}

export const count = z.int().nonnegative();

/** Any JSON value. */
export type Value = string | number | boolean | null | Value[] | { [name: string]: Value };

const value: z.ZodType<Value> = z
  .lazy(() =>
    z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(value), z.record(z.string(), value)]),
  )
  .meta({
    id: 'value',
    description:
      'As the device declares it: boolean, number, string (also an integer past 2^53, and what does not fit its type); an array of a name that comes twice; an object of an element.',
  });

/** Values by the name of the item. */
export const values = z.record(z.string(), value).meta({ id: 'values' });

/** Texts as the device said them, by the name of the item; an array of a name that comes twice. */
export const texts = z
  .record(z.string(), z.union([z.string(), z.array(z.string())]))
  .meta({ id: 'texts', description: 'As the device said them, booleans as "0" and "1".' });

export const labels = member(z.record(z.string(), z.string()), 'The labels of the camera’s configuration.');
export const device = member(z.string(), 'The device ID, as in the topic.');
export const serial = member(z.string(), 'The serial number.');
export const received = time('When the bridge read it, by its own clock.');
export const said = time('The device’s own time, as it said it; null where it said none.').nullable();

export const shortened = member(
  z.literal(true).optional(),
  'Parts that may be long were left out, since the broker takes no message of their size.',
);
