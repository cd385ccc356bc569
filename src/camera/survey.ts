// What a device that nothing is known of has to offer: the ways to hear it, the best first.
import type { Source, SourceName } from '../sources/source.ts';
import { type TrialOptions, tryOut } from '../sources/trial.ts';
import { type BridgeError, type ErrorCode, fromSystem } from '../util/errors.ts';
import { headline } from '../util/headline.ts';
import type { Identity } from './identity.ts';

/** Ways that were passed over, and why. */
export type Passed = Readonly<Partial<Record<SourceName, ErrorCode>>>;

export interface SurveyOptions extends TrialOptions {
  sources: { readonly rtsp?: Source };
  /** Asks the device over HTTP what it is and which APIs it has; never rejects. */
  ask(realm: string | undefined, signal: AbortSignal): Promise<Identity>;
}

export interface Survey {
  /** All ways, the best first. */
  order: SourceName[];
  /** Those that need not be tried. */
  passed: Passed;
  identity: Identity;
  /** Why RTSP does not work, where it does not. */
  reason: BridgeError | undefined;
}

const WEBSOCKET_API = 'event-streaming-over-websocket';
/** Nothing answers there. */
const ABSENT = new Set<ErrorCode>(['UNREACHABLE', 'TIMEOUT', 'ADDRESS']);

/**
 * RTSP is tried first: it is on every device and says whether the password is right, which HTTP does not (an account may
 * lack the right to a single API), so that a wrong one goes out once. Then the device is asked.
 * Rejects with AUTH, or where nothing answers at all.
 */
export async function survey(options: SurveyOptions): Promise<Survey> {
  const { signal, address, sources } = options;
  let realm: string | undefined;
  let reason: BridgeError | undefined;
  try {
    if (sources.rtsp !== undefined) ({ realm } = await tryOut(sources.rtsp, options));
  } catch (error) {
    signal.throwIfAborted();
    reason = fromSystem(error, address.host);
    if (reason.code === 'AUTH') throw reason;
  }
  const identity = await options.ask(realm, signal);
  signal.throwIfAborted();
  if (reason !== undefined) {
    // Of equals the port that the configuration names goes first.
    if (isHopeless(reason, identity)) throw headline([...identity.refusals, reason]) ?? reason;
    // Nothing has shown that the password is right: it does not go out again.
    const refusal = identity.refusals.find(({ code }) => code === 'AUTH');
    if (refusal !== undefined) throw refusal;
  }
  const websocket = refusalOf(identity);
  const passed: Partial<Record<SourceName, ErrorCode>> = {};
  if (websocket !== undefined) passed.websocket = websocket;
  if (reason !== undefined) passed.rtsp = reason.code;
  return { order: orderOf(identity), passed, identity, reason };
}

/** Without declarations RTSP is better: its messages say themselves what is a property. */
export function orderOf({ declarations }: Pick<Identity, 'declarations'>): SourceName[] {
  return declarations === undefined ? ['rtsp', 'websocket', 'pullpoint'] : ['websocket', 'rtsp', 'pullpoint'];
}

/** Why the WebSocket need not be tried; where the device does not say what it has, trying shows. */
function refusalOf({ apis }: Identity): ErrorCode | undefined {
  if (apis === undefined) return undefined;
  if (typeof apis !== 'string') return apis.has(WEBSOCKET_API) ? undefined : 'UNSUPPORTED';
  return apis === 'NOT_FOUND' || ABSENT.has(apis) ? apis : undefined;
}

function isHopeless({ code }: BridgeError, { apis }: Identity): boolean {
  return ABSENT.has(code) && typeof apis === 'string' && ABSENT.has(apis);
}
