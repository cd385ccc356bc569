// A secret that does not show itself: printing, logging or serializing it gives a placeholder.
import { inspect } from 'node:util';

const PLACEHOLDER = '[secret]';

export interface Secret {
  /** The only way to the text; call it where the text is used and keep it nowhere. */
  reveal(): string;
}

export function secret(text: string): Secret {
  return Object.freeze({
    reveal: () => text,
    toString: () => PLACEHOLDER,
    toJSON: () => PLACEHOLDER,
    [inspect.custom]: () => PLACEHOLDER,
  });
}
