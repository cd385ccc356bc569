// The states that a client is told when it begins to listen.
import type { Core } from './core.ts';
import type { Message } from './rtsp/metadata.ts';

/** Every state as it stands, as `Initialized`. */
export function replayed(core: Core): Message[] {
  const old = core.settings.oddities.replayOldTimes;
  return [...core.states.all()].map(state => ({
    ...state,
    time: (old && state.time) || core.stamp(),
    operation: 'initialized' as const,
  }));
}
