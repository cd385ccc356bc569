// Which device a camera was when it was last heard, where, and by which login: kept over restarts, so that another device
// is not taken for it, and what worked before is known to have worked.
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { fail } from '../util/errors.ts';
import type { DeviceAddress } from '../vapix/address.ts';
import { normalizeSerial } from '../vapix/serial.ts';
import type { Note, Notes } from './outlet.ts';
import type { CameraSpec } from './spec.ts';
import { AUTO } from './whereabouts.ts';

export interface Known {
  /** Whether it was heard at this address with this login before. */
  readonly wasHeard: boolean;
  /** The only serial number that is accepted: the one that is configured, or that was heard here; undefined where any is. */
  serial(): string | undefined;
  /** Throws WRONG_DEVICE where a device with another serial number answers. */
  check(found: string | undefined): void;
  /** It is heard, as that device: the notes to keep. */
  heard(device: string, found: string | undefined): readonly Note[];
}

/** What a note holds. */
interface Kept {
  /** Its serial number, where it has said one. */
  serial?: string;
  /** Its address in the configuration: at another one it is another device. */
  at: string;
  /** Of a hash of the login, enough to tell that it was changed, and too little to find the password by. */
  login: string;
}

const KNOWN = 'known/';
const LOGIN_DIGITS = 3;

/** The key of the note of a device. */
export function knownKey(device: string): string {
  return KNOWN + device;
}

/** Whether a camera of that ID, or one that nobody named, was heard at that address with that login. */
export function wasHeard(id: string | undefined, address: DeviceAddress, notes: Notes): boolean {
  return isSameLogin(keptAt(placeOf(address), id, notes), address);
}

/** Takes up what the notes say of the camera. */
export function createKnown({ id, serial, anySerial, isSought, address }: CameraSpec, notes: Notes): Known {
  const named = isSought ? { ...address, host: AUTO } : address;
  const at = placeOf(named);
  const kept = keptAt(at, id, notes);
  let last = kept?.serial;
  const configured = serial === undefined ? undefined : (normalizeSerial(serial) ?? serial);
  const wanted = () => (anySerial ? undefined : (configured ?? last));

  return {
    wasHeard: isSameLogin(kept, named),
    serial: wanted,
    check(found) {
      const expected = wanted();
      if (expected === undefined || found === undefined || found === expected) return;
      const other = [...notes.notes(KNOWN)].find(({ value }) => read(value)?.serial === found);
      const name = other === undefined ? '' : `, and is ${other.key.slice(KNOWN.length)}`;
      throw fail('WRONG_DEVICE', `${address.host} has serial number ${found}, not ${expected}${name}`);
    },
    heard(device, found) {
      last = found ?? last;
      const next: Kept = { ...(last && { serial: last }), at, login: loginOf(device, address) };
      const [key, value] = [knownKey(device), JSON.stringify(next)];
      return notes.note(key) === value ? [] : [{ key, value }];
    },
  };
}

/** What is kept of the camera of that ID if it was heard there; where nobody named it, its serial number is its ID. */
function keptAt(at: string, id: string | undefined, notes: Notes): (Kept & { device: string }) | undefined {
  if (id !== undefined) {
    const kept = read(notes.note(knownKey(id)));
    return kept?.at === at ? { ...kept, device: id } : undefined;
  }
  for (const { key, value } of notes.notes(KNOWN)) {
    const kept = read(value);
    const device = key.slice(KNOWN.length);
    if (kept?.at === at && kept.serial === device) return { ...kept, device };
  }
  return undefined;
}

function isSameLogin(kept: (Kept & { device: string }) | undefined, address: DeviceAddress): boolean {
  return kept !== undefined && kept.login === loginOf(kept.device, address);
}

function read(value: string | undefined): Kept | undefined {
  return value === undefined ? undefined : (JSON.parse(value) as Kept);
}

function placeOf({ host, port }: DeviceAddress): string {
  return `${host}:${port}`;
}

function loginOf(device: string, { username, password, onvif }: DeviceAddress): string {
  const login = [username, password.reveal()];
  const other = [onvif.username, onvif.password.reveal()];
  const text = JSON.stringify([device, ...login, ...(isDeepStrictEqual(login, other) ? [] : other)]);
  return createHash('sha256').update(text).digest('hex').slice(0, LOGIN_DIGITS);
}
