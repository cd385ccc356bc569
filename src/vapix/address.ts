// Where a device is and how to log in to it.
import type { Secret } from '../util/secret.ts';
import type { PeerTls } from '../util/tls.ts';
import type { Logins } from './logins.ts';

/** Where a device is and how to log in to it. */
export interface DeviceAddress {
  host: string;
  port: number;
  rtspPort: number;
  https: boolean;
  username: string;
  password: Secret;
  /** Shared by all that log in there; left out, each keeps its own. */
  logins?: Logins;
  /** The account for ONVIF, which devices keep apart from their own. */
  onvif: { readonly username: string; readonly password: Secret; readonly logins?: Logins };
  allowBasicOverHttp: boolean;
  tls: PeerTls;
}
