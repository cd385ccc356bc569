// Texts that are not shown in logs, errors and reports, wherever they turn up, and what is shown in their place.

/** Shorter texts are hidden only where they stand alone: "1" is part of too much. */
const LEAST_WITHIN = 4;

export class Hidden {
  readonly #shown = new Map<string, string>();
  #within: RegExp | undefined;

  /** From now on `shown` stands for `text`; of two words for one text the first counts. */
  add(text: string, shown: string): void {
    for (const form of formsOf(text)) if (form !== '' && !this.#shown.has(form)) this.#shown.set(form, shown);
    this.#within = undefined;
  }

  /** The text without what is hidden. */
  text(text: string): string {
    if (this.#shown.size === 0) return text;
    const whole = this.#shown.get(text);
    if (whole !== undefined) return whole;
    return text.replaceAll(this.#pattern(), found => this.#shown.get(found) ?? found);
  }

  /** The same of all texts in lists and plain objects; names and whatever else there is stay as they are. */
  deep(value: unknown): unknown {
    if (this.#shown.size === 0) return value;
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map(item => this.deep(item));
    if (!isPlain(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.deep(item)]));
  }

  #pattern(): RegExp {
    this.#within ??= patternOf([...this.#shown.keys()].filter(({ length }) => length >= LEAST_WITHIN));
    return this.#within;
  }
}

/** As it is, and as JSON, addresses, host names, serial numbers and fingerprints write it. */
function formsOf(text: string): Set<string> {
  const bare = text.replaceAll(/[:-]/g, '').toUpperCase();
  const pairs = /^(?:[\dA-F]{2}){6,64}$/.test(bare) ? [bare, bare.replaceAll(/..(?!$)/g, '$&:')] : [];
  const url = /\p{Surrogate}/u.test(text) ? [] : [encodeURI(text), encodeURIComponent(text)];
  return new Set([text, JSON.stringify(text).slice(1, -1), ...url, text.toLowerCase(), ...pairs]);
}

function patternOf(texts: readonly string[]): RegExp {
  if (texts.length === 0) return /(?!)/g;
  // The longest first: one may be part of another.
  const longest = texts.toSorted((a, b) => b.length - a.length);
  return new RegExp(longest.map(escapeRegExp).join('|'), 'g');
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
