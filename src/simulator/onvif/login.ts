// The login of the ONVIF services: an account of its own, by HTTP or by a UsernameToken (PROTOCOLS 3.1, 3.4).
import { createHash } from 'node:crypto';
import { createGate, type Gate, type GateContext } from '../http/gate.ts';
import type { Settings } from '../settings.ts';
import { find, type XmlNode } from '../xml-reader.ts';

export interface OnvifLogin {
  readonly gates: Record<'http' | 'https', Gate>;
  /** Whether the token of a SOAP header is right; undefined where it bears none. `now` is the device's clock. */
  checkToken(header: XmlNode | undefined, now: number): boolean | undefined;
  /** Forgets nonces, as a restart does. */
  forget(): void;
}

const WSS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';
const WSSE = `${WSS}-wssecurity-secext-1.0.xsd`;
const WSU = `${WSS}-wssecurity-utility-1.0.xsd`;
const DIGEST = `${WSS}-username-token-profile-1.0#PasswordDigest`;
/** How far a token's time may be from the device's, where it looks for replays. */
const WINDOW_MS = 30_000;

export function createOnvifLogin(
  settings: Settings,
  { realm, account }: Pick<GateContext, 'realm' | 'account'>,
): OnvifLogin {
  const gate = (side: 'http' | 'https') => createGate({ realm, account, options: settings.auth[side] });
  const gates = { http: gate('http'), https: gate('https') };
  const nonces = new Set<string>();

  function fresh(nonce: string, created: string, now: number): boolean {
    if (!settings.onvif.replayProtection) return true;
    const known = nonces.has(nonce);
    nonces.add(nonce);
    return !known && Math.abs(Date.parse(created) - now) <= WINDOW_MS;
  }

  return {
    gates,
    checkToken(header, now) {
      const token = find(find(header, WSSE, 'Security'), WSSE, 'UsernameToken');
      if (token === undefined) return undefined;
      const text = (uri: string, name: string) => find(token, uri, name)?.text ?? '';
      const kind = find(token, WSSE, 'Password')?.attributes.find(({ name }) => name === 'Type')?.value;
      const [nonce, created] = [text(WSSE, 'Nonce'), text(WSU, 'Created')];
      const { username, password } = account();
      const hash = createHash('sha1')
        .update(Buffer.from(nonce, 'base64'))
        .update(created + password);
      const right = text(WSSE, 'Username') === username && text(WSSE, 'Password') === hash.digest('base64');
      return kind === DIGEST && right && fresh(nonce, created, now);
    },
    forget() {
      nonces.clear();
      for (const each of Object.values(gates)) each.forget();
    },
  };
}
