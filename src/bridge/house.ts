// What the parts of a running bridge share.
import type { Fleet } from '../camera/fleet.ts';
import type { Reader } from '../mqtt/reader.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { ConnectionPlace } from '../routing/connections.ts';
import type { RoutedCamera } from '../routing/match.ts';
import type { RouteEvent } from '../routing/router.ts';
import type { Clock } from '../util/clock.ts';
import type { Log } from '../util/log.ts';
import type { Actions } from './actions.ts';
import type { Board } from './board.ts';
import type { HomeAssistant } from './homeassistant.ts';

export interface House {
  base: string;
  outbox: Outbox;
  /** Device IDs in use. */
  devices: Set<string>;
  /** Present state, for every broker there is. */
  board: Board;
  /** Names of the brokers there are now. */
  brokers(): Iterable<string>;
  /** The connection to read from that broker, by default the first; throws CONFIG where there is none of that name. */
  reader(broker?: string): Reader;
  /** The routes as they are now. */
  routeOf(camera: RoutedCamera): RouteEvent;
  /** Where routes of the format `axis` say whether a camera is connected, as they are now. */
  connectionsOf(camera: RoutedCamera, serial: string): ConnectionPlace[];
  homeAssistant: HomeAssistant;
  actions: Actions;
  fleet: Fleet;
  clock: Clock;
  log: Log;
}
