// What a camera finds in a running bridge.
import type { Fleet } from '../camera/fleet.ts';
import type { Find } from '../discovery/finder.ts';
import type { ConnectionPlace } from '../routing/connections.ts';
import type { RoutedCamera } from '../routing/match.ts';
import type { RouteEvent } from '../routing/router.ts';
import type { Actions } from './actions.ts';
import type { Foundation } from './foundation.ts';
import type { HomeAssistant } from './homeassistant/homeassistant.ts';
import type { ToldTrouble } from './troubles.ts';

export interface House extends Foundation {
  /** Device IDs in use. */
  devices: Set<string>;
  /** The routes as they are now. */
  routeOf(camera: RoutedCamera): RouteEvent;
  /** What keeps its events from going through just now. */
  troubleOf(camera: RoutedCamera): ToldTrouble | undefined;
  /** Where routes of the format `axis` say whether a camera is connected, as they are now. */
  connectionsOf(camera: RoutedCamera, serial: string): ConnectionPlace[];
  homeAssistant: HomeAssistant;
  actions: Actions;
  fleet: Fleet;
  find: Find;
}
