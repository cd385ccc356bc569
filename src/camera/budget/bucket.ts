// A token bucket: so many a second in the long run, and what was saved up at once.
import type { Clock } from '../../util/clock.ts';

export interface BucketOptions {
  /** Tokens a second. */
  rate: number;
  /** The most that are saved up; it starts with them. */
  burst: number;
  clock: Clock;
}

export interface Bucket {
  /** Takes one; false where there is none. */
  take(): boolean;
  /** Ms until there is one. */
  wait(): number;
}

export function createBucket({ rate, burst, clock }: BucketOptions): Bucket {
  let tokens = burst;
  let filled = clock.now();
  const fill = () => {
    const now = clock.now();
    // A clock that is set back gives nothing, and takes nothing.
    tokens = Math.min(burst, tokens + (Math.max(0, now - filled) * rate) / 1000);
    filled = now;
  };
  return {
    take() {
      fill();
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    wait() {
      fill();
      return Math.max(0, Math.ceil(((1 - tokens) * 1000) / rate));
    },
  };
}
