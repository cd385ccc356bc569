// The outbox of a bridge in its data directory: opened, and its troubles told.
import { createOutbox, type Outbox } from '../outbox/outbox.ts';
import { recoverStore } from '../outbox/recover.ts';
import { thisBoot } from '../outbox/steady-time.ts';
import type { Clock } from '../util/clock.ts';
import { fail, wordsOf } from '../util/errors.ts';
import type { Log } from '../util/log.ts';
import type { Troubles } from './troubles.ts';

const NAME = 'store';
/** A disk at its limit takes one commit and refuses the next (ms). */
const LASTING_MS = 5_000;

export interface StoreOptions {
  log: Log;
  clock: Clock;
  troubles: Troubles;
}

/** Throws STORE where the directory is in use or cannot be used. */
export async function openOutbox(dataDir: string, { log, clock, troubles }: StoreOptions): Promise<Outbox> {
  const recovered = await recoverStore(dataDir, clock.now()).catch((error: unknown) => {
    throw fail('STORE', `dataDir ${dataDir}: ${wordsOf(error)}`);
  });
  const { store, setAside } = recovered;
  if (setAside !== undefined)
    log.error({ code: 'STORE', setAside }, 'the queue could not be read and was set aside');
  return createOutbox({
    store,
    clock,
    boot: thisBoot(),
    onError(error) {
      const detail = `the queue cannot be written: ${String(error)}`;
      troubles.begin(NAME, { code: 'STORE', detail, over: 'the queue is written again' });
    },
    onRecovered: () => troubles.end(NAME, LASTING_MS),
  });
}
