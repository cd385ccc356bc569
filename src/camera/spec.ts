// What the configuration says of one camera.

import type { SourceName } from '../sources/source.ts';
import type { DeviceAddress } from '../vapix/address.ts';
import type { FieldRule } from './fields.ts';
import type { PollSpec } from './polling/poll-task.ts';

export interface CameraSpec {
  /** The device ID in topics; left out, the serial number. */
  id?: string;
  /** Its host changes where it is looked for by its serial number. */
  address: DeviceAddress;
  isSought?: boolean;
  /** The only device that is accepted at that address; left out, the one that was heard there first. */
  serial?: string;
  /** Whichever device is there is accepted. */
  anySerial?: boolean;
  /** How to hear it; `auto`: the best way that it has. */
  source: 'auto' | SourceName;
  include: readonly string[];
  exclude: readonly string[];
  /** Events a second that it may send in the long run; left out: any number. */
  budget?: number;
  fields: readonly FieldRule[];
  /** What to read from it regularly. */
  polls: readonly PollSpec[];
  labels: Readonly<Record<string, string>>;
}
