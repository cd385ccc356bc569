// Where the bridge published before its base topic or its ID was changed: what it retained there goes.
import { topicLevel } from '../routing/level.ts';
import type { Foundation } from './foundation.ts';
import { shownDevices } from './outlet.ts';
import { clearRetained } from './retained.ts';

/** What a bridge is known by. */
interface Place {
  base: string;
  id: string;
}

type Stores = Pick<Foundation, 'outbox' | 'board'>;

const NOW = 'bridge/now';
const FORMER = 'bridge/former/';
const ONCE = 'once';
const OF_BRIDGE = ['state', 'info', 'health', 'checkpoint'];
const OF_DEVICE = ['availability', 'info'];

/**
 * Clears it at the brokers that are attached: in two runs, since a broker may not be there in the first. To be called
 * before a camera publishes at the new place, which may lie inside the former one.
 */
export function clearFormer(place: Place, stores: Stores): void {
  const { outbox } = stores;
  const now = JSON.stringify(place);
  const last = outbox.note(NOW);
  void outbox.remember([{ key: NOW, value: now }]);
  if (last !== undefined && last !== now) void outbox.remember([{ key: FORMER + last, value: '' }]);
  for (const { key, value } of [...outbox.notes(FORMER)]) {
    const text = key.slice(FORMER.length);
    if (text !== now) clearPlace(JSON.parse(text), place, stores);
    // What the queues are to clear they keep until the broker is there.
    const { base }: Place = JSON.parse(text);
    if (value !== ONCE && base !== place.base)
      clearRetained(outbox, ({ topic }) => topic.startsWith(`${base}/`));
    void outbox.remember([{ key, value: value === ONCE || text === now ? null : ONCE }]);
  }
}

/** The present state that was shown there. */
function clearPlace({ base, id }: Place, place: Place, { outbox, board }: Stores): void {
  for (const name of OF_BRIDGE) board.clear(`${base}/bridge/${id}/${name}`);
  if (base === place.base) return;
  for (const device of shownDevices(outbox, { gone: true }))
    for (const name of OF_DEVICE) board.clear(`${base}/${topicLevel(device)}/${name}`);
}
