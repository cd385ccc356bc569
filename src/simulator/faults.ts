// The faults of the moment, set by a test or a scenario: refusals on each side, and a device that stalls.

export interface Refusal {
  status: number;
  /** So many requests, then it is over; without it until taken back. */
  count?: number;
  /** Only the keep-alives of a playing session (RTSP). */
  keepAliveOnly?: boolean;
  /** Only these methods. */
  methods?: readonly string[];
  /** Only paths that contain this. */
  path?: string;
  /** Seconds, said as Retry-After. */
  retryAfter?: number;
}

interface Asked {
  method: string;
  path: string;
  keepAlive: boolean;
}

export interface Faults {
  readonly stalled: boolean;
  stall(): void;
  resume(): void;
  /** Resolves once the device does not stall. */
  awake(): Promise<void>;
  refuse(side: 'rtsp' | 'http', refusal: Refusal | null): void;
  /** The refusal that meets this request, used up by one. */
  meet(side: 'rtsp' | 'http', asked: Asked): Refusal | undefined;
}

export function createFaults(): Faults {
  const refusals: Record<'rtsp' | 'http', (Refusal & { left: number }) | null> = { rtsp: null, http: null };
  let stalled = false;
  let waiting: (() => void)[] = [];
  return {
    get stalled() {
      return stalled;
    },
    stall() {
      stalled = true;
    },
    resume() {
      stalled = false;
      for (const wake of waiting) wake();
      waiting = [];
    },
    awake: () => (stalled ? new Promise(resolve => waiting.push(resolve)) : Promise.resolve()),
    refuse(side, refusal) {
      refusals[side] = refusal && { ...refusal, left: refusal.count ?? Number.POSITIVE_INFINITY };
    },
    meet(side, asked) {
      const refusal = refusals[side];
      if (!refusal || refusal.left <= 0 || !applies(refusal, asked)) return undefined;
      refusal.left -= 1;
      return refusal;
    },
  };
}

function applies(refusal: Refusal, { method, path, keepAlive }: Asked): boolean {
  if (refusal.keepAliveOnly && !keepAlive) return false;
  if (refusal.methods && !refusal.methods.includes(method)) return false;
  return refusal.path === undefined || path.includes(refusal.path);
}
