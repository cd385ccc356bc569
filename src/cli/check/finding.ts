// One line of what `check` reports.
import { type BridgeError, ERRORS } from '../../util/errors.ts';

/** `failed` is what keeps the bridge from working with it. */
export interface Finding {
  kind: 'camera' | 'broker';
  name: string;
  address: string;
  facts: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  /** What is lacking, though it works. */
  warnings: readonly string[];
  failed?: Failed;
}

export interface Failed {
  code: string;
  message: string;
  hint: string;
}

/** How long (ms) a peer is waited for in all. */
export const PATIENCE_MS = 15_000;

export function failedBy({ code, message }: BridgeError): Failed {
  const { meaning, hint } = ERRORS[code];
  return { code, message: `${meaning} (${message})`, hint };
}
