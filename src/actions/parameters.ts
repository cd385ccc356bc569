// Checks parameters by a table of rules, before anything is sent: names, types, ranges.
import { suggest } from '../util/suggest.ts';
import { parseDuration } from '../util/units.ts';
import type { Parameters } from './action.ts';

/** What one parameter may be. */
export interface Rule<T> {
  /** In words, to stand after "must be". */
  allowed: string;
  required: boolean;
  /** What it is where it is left out. */
  fallback?: T;
  /** The value in the bridge's form (durations in milliseconds); undefined where it is not allowed. */
  read(value: unknown): T | undefined;
}

export type Rules = Readonly<Record<string, Rule<unknown>>>;

/** What the rules make of parameters. */
export type Values<R extends Rules> = {
  readonly [Name in keyof R]: R[Name] extends Rule<infer T> ? T : never;
};

type Verdict<R extends Rules> = { ok: true; values: Values<R> } | { ok: false; complaints: string[] };

const TEXT_MAX = 256;
/** Complaints about names; a hostile payload has thousands. */
const UNKNOWN_MAX = 5;

/** Reads parameters by their rules; every complaint names its parameter and quotes no value. */
export function readParameters<R extends Rules>(rules: R, given: Parameters): Verdict<R> {
  const complaints = unknownNames(Object.keys(rules), given);
  const entries = Object.entries(rules).map(([name, rule]) => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    const read = value === undefined ? rule.fallback : rule.read(value);
    const wrong = value === undefined ? rule.required : read === undefined;
    if (wrong)
      complaints.push(`${name} ${value === undefined ? 'is missing: it ' : ''}must be ${rule.allowed}`);
    return [name, read] as const;
  });
  if (complaints.length > 0) return { ok: false, complaints };
  return { ok: true, values: Object.fromEntries(entries) as Values<R> };
}

/** Any other name may be a value: where a blank after its `:` is missing, YAML makes one of it. */
const PLAIN = /^[A-Za-z_][\w-]{0,39}$/;

function unknownNames(known: readonly string[], given: Parameters): string[] {
  const unknown = Object.keys(given).filter(name => !known.includes(name));
  return unknown.slice(0, UNKNOWN_MAX).map(name => {
    const meant = suggest(name, known);
    const instead = meant === undefined ? `there are: ${known.join(', ')}` : `did you mean ${meant}?`;
    return `${PLAIN.test(name) ? JSON.stringify(name) : 'a name that is not shown'} is no parameter of this action; ${instead}`;
  });
}

/** May be left out. */
export function optional<T>(rule: Rule<T>): Rule<T | undefined> {
  return { ...rule, required: false };
}

/** Is `fallback` where it is left out. */
export function orElse<T>(rule: Rule<T>, fallback: T): Rule<T> {
  return { ...rule, required: false, fallback };
}

/** Text of `min` to 256 characters, in one line unless `lines` allows more. Lone surrogates have no UTF-8 to send. */
export function text({ min = 1, lines = false } = {}): Rule<string> {
  const refused = lines ? /[^\n\P{Cc}]|\p{Cs}/u : /\p{Cc}|\p{Cs}/u;
  return rule(`text of ${min} to ${TEXT_MAX} characters${lines ? '' : ' in one line'}`, value =>
    typeof value === 'string' && value.length >= min && value.length <= TEXT_MAX && !refused.test(value)
      ? value
      : undefined,
  );
}

export function integer(min: number, max: number): Rule<number> {
  return rule(`a whole number from ${min} to ${max}`, value =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? value : undefined,
  );
}

/** A duration as in the configuration, within two of them; in milliseconds. */
export function duration(min: string, max: string): Rule<number> {
  const [least = 0, most = 0] = [min, max].map(parseDuration);
  return rule(`a duration from ${min} to ${max}, such as 10s`, value => {
    const ms = typeof value === 'string' ? parseDuration(value) : undefined;
    return ms !== undefined && ms >= least && ms <= most ? ms : undefined;
  });
}

/** One of the words, as what it stands for. */
export function word<T>(words: Readonly<Record<string, T>>): Rule<T> {
  return rule(`one of ${Object.keys(words).join(', ')}`, value =>
    typeof value === 'string' && Object.hasOwn(words, value) ? words[value] : undefined,
  );
}

export function either<A, B>(one: Rule<A>, other: Rule<B>): Rule<A | B> {
  return rule<A | B>(`${one.allowed}, or ${other.allowed}`, value => one.read(value) ?? other.read(value));
}

function rule<T>(allowed: string, read: Rule<T>['read']): Rule<T> {
  return { allowed, required: true, read };
}
