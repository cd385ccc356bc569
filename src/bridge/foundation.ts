// What every part of a running bridge stands on.
import type { Reader } from '../mqtt/reader.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Clock } from '../util/clock.ts';
import type { Log } from '../util/log.ts';
import type { Board } from './board.ts';
import type { Troubles } from './troubles.ts';

export interface Foundation {
  base: string;
  outbox: Outbox;
  /** Present state, for every broker there is. */
  board: Board;
  /** Names of the brokers there are now. */
  brokers(): Iterable<string>;
  /** The connection to read from that broker, by default the first; throws CONFIG where there is none of that name. */
  reader(broker?: string): Reader;
  troubles: Troubles;
  clock: Clock;
  log: Log;
}
