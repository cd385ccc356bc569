// The kinds of values that the configuration's keys take.
import * as z from 'zod';
import { withoutRepeatedPrefixes } from '../../util/topic.ts';
import { parseDuration, parseSize } from '../../util/units.ts';
import { parseHost } from '../address.ts';
import { type Complaint, levelComplaint, patternComplaint } from '../template.ts';

/** In JSON Schema each value may also be text with `${ENV}` in it, which is replaced before this schema reads it. */
const ENV = '\\$\\{';
const MAX_TEXT = 4096;

/** An optional key with what editors show of it. */
export function key<T extends z.ZodType>(schema: T, description: string, fallback?: unknown) {
  return schema.optional().meta({ description, ...(fallback === undefined ? {} : { default: fallback }) });
}

/** Text of one character or more that `complain` finds nothing wrong with. */
export function text(complain: (value: string) => Complaint = () => undefined, error?: string) {
  return z.string(error).check(({ value, issues }) => {
    const complaint = sizeComplaint(value) ?? complain(value);
    if (!complaint) return;
    const { message, suggestion } = complaint;
    issues.push({ code: 'custom', message, params: { suggestion }, input: value });
  });
}

/** Text that `parse` turns into something else; `message` says what is allowed where it gives undefined. */
function parsed<T>(parse: (value: string) => T | undefined, message: string, pattern?: string) {
  return text(undefined, message)
    .meta(pattern === undefined ? {} : { pattern: `${pattern}|${ENV}` })
    .transform((value, context) => {
      const result = parse(value);
      if (result !== undefined) return result;
      context.issues.push({ code: 'custom', message, input: value });
      return z.NEVER;
    });
}

export function integer(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  const number = z.int({ error }).min(min, { error }).max(max, { error });
  const parse = (value: string) => (/^\d{1,15}$/.test(value) ? Number(value) : undefined);
  return orText(number, parse, error);
}

export function flag() {
  const parse = (value: string) => ({ true: true, false: false })[value];
  return orText(z.boolean(), parse, 'must be true or false');
}

export function oneOf<const T extends readonly (string | number)[]>(...values: T) {
  const parse = (value: string) => values.find(known => String(known) === value);
  return orText(z.literal(values), parse, `must be one of: ${values.join(', ')}`);
}

/** A value, or its text form: the environment knows nothing else. */
function orText<S extends z.ZodType>(schema: S, parse: (value: string) => unknown, error: string) {
  const text = z.string().meta({ pattern: ENV });
  const words = text.transform((value, context): z.output<S> => {
    const result = schema.safeParse(parse(value));
    if (result.success) return result.data;
    context.issues.push({ code: 'custom', message: error, input: value });
    return z.NEVER;
  });
  return z.union([schema, words], { error });
}

/** Milliseconds. */
export function duration(min = 1) {
  const message = 'must be a duration such as 500ms, 10s, 5m, 2h or 7d';
  const parse = (value: string) => atLeast(min, parseDuration(value));
  return parsed(parse, min > 1 ? `${message}, of ${min / 1000} s or more` : message, '^\\d+(ms|s|m|h|d)$');
}

/** Minutes since midnight. */
export function timeOfDay() {
  const parse = (value: string) => {
    const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(value) ?? [];
    return hours === undefined ? undefined : Number(hours) * 60 + Number(minutes);
  };
  return parsed(parse, 'must be a time of the day such as 06:30', '^\\d{2}:\\d{2}$');
}

/** Bytes. */
export function size(min: number) {
  const message = `must be a size such as 64KiB, 10MiB or 1GiB, of ${min / 1024} KiB or more`;
  return parsed(value => atLeast(min, parseSize(value)), message, '^\\d+(KiB|MiB|GiB|TiB)$');
}

/** A pattern of device topics, in the one spelling that events have. */
export function topicPattern() {
  return text(patternComplaint).transform(withoutRepeatedPrefixes);
}

/** The word for a host that is found in the network. */
export const AUTO = 'auto';

export function host() {
  return parsed(parseHost, 'must be a host name or an IP address alone: no scheme, port, path or user');
}

/** The value of an HTTP header (RFC 9110 §5.5). */
export function header() {
  const complain = (value: string): Complaint =>
    /^[\t\x20-\x7e\x80-\xff]*$/.test(value) ? undefined : { message: 'must be one line of Latin-1 text' };
  return text(complain);
}

/** A SHA-256 as openssl, browsers and Node print it, in Node's way. */
export function fingerprint() {
  const normalize = (value: string) => {
    const hex = value.replace(/^sha-?256( fingerprint)?[:=]/i, '').replaceAll(/[:\s]/g, '');
    return /^[0-9a-f]{64}$/i.test(hex) ? hex.toUpperCase().replaceAll(/(..)(?!$)/g, '$1:') : undefined;
  };
  return parsed(
    normalize,
    'must be the SHA-256 of a certificate: 64 hexadecimal digits, with or without colons',
  );
}

/** The word for whichever serial number a device has. */
export const ANY = 'any';

/** The serial number of an Axis device, which is its MAC address, or the word for any. */
export function serial() {
  const normalize = (value: string) => {
    if (value === ANY) return ANY;
    const digits = value.replaceAll(/[:-]/g, '').toUpperCase();
    return /^[0-9A-F]{12}$/.test(digits) ? digits : undefined;
  };
  return parsed(
    normalize,
    'must be 12 hexadecimal digits such as ACCC8E012345, in quotes where all are decimal, or any',
  );
}

export function list<T extends z.ZodType>(item: T, max: number) {
  return z.array(item).max(max, { error: `must not have more than ${max} entries` });
}

export function oneOrMore<T extends z.ZodType>(item: T, max: number) {
  return z.union([item, list(item, max).min(1, { error: 'must not be an empty list' })]);
}

/** Entries by name. */
export function named<T extends z.ZodType>(value: T, max: number) {
  return z.record(text(nameComplaint), value).refine(entries => Object.keys(entries).length <= max, {
    error: `must not have more than ${max} entries`,
  });
}

function nameComplaint(name: string): Complaint {
  return name.length > 64 ? { message: 'has a name of more than 64 characters' } : levelComplaint(name);
}

function sizeComplaint(value: string): Complaint {
  if (value === '') return { message: 'must not be empty' };
  return value.length > MAX_TEXT ? { message: `must not be longer than ${MAX_TEXT} characters` } : undefined;
}

function atLeast(min: number, value: number | undefined): number | undefined {
  return value !== undefined && value >= min ? value : undefined;
}
