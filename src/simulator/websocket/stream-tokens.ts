// Tokens of wssession.cgi: each opens one WebSocket stream, for 15 s (PROTOCOLS 2.1).
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../util/clock.ts';

const LIFE_MS = 15_000;

export interface StreamTokens {
  issue(): string;
  /** True where the token counts; it is then used up. */
  use(token: string | null): boolean;
}

export function createStreamTokens(clock: Clock): StreamTokens {
  const ends = new Map<string, number>();
  return {
    issue() {
      for (const [token, end] of ends) if (end <= clock.now()) ends.delete(token);
      const token = randomBytes(20).toString('hex');
      ends.set(token, clock.now() + LIFE_MS);
      return token;
    },
    use(token) {
      const end = ends.get(token ?? '') ?? 0;
      ends.delete(token ?? '');
      return end > clock.now();
    },
  };
}
