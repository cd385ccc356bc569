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
  const device = id ?? unnamedAt(placeOf(address), notes);
  const kept = device === undefined ? undefined : read(notes.note(knownKey(device)));
  return device !== undefined && kept?.at === placeOf(address) && kept.login === loginOf(device, address);
}

/** Takes up what the notes say of the camera. */
export function createKnown({ id, serial, anySerial, isSought, address }: CameraSpec, notes: Notes): Known {
  const named = isSought ? { ...address, host: AUTO } : address;
  const at = placeOf(named);
  const device = id ?? unnamedAt(at, notes);
  const kept = device === undefined ? undefined : read(notes.note(knownKey(device)));
  let last = kept?.at === at ? kept.serial : undefined;
  const configured = serial === undefined ? undefined : (normalizeSerial(serial) ?? serial);
  const wanted = () => (anySerial ? undefined : (configured ?? last));

  return {
    wasHeard: wasHeard(id, named, notes),
    serial: wanted,
    check(found) {
      const expected = wanted();
      if (expected === undefined || found === undefined || found === expected) return;
      const other = [...notes.notes(KNOWN)].find(({ value }) => read(value)?.serial === found);
      const name = other === undefined ? '' : `, and is ${other.key.slice(KNOWN.length)}`;
      throw fail('WRONG_DEVICE', `${address.host} has serial number ${found}, not ${expected}${name}`);
    },
    heard(heardAs, found) {
      last = found ?? last;
      const next: Kept = { ...(last && { serial: last }), at, login: loginOf(heardAs, address) };
      const [key, value] = [knownKey(heardAs), JSON.stringify(next)];
      return notes.note(key) === value ? [] : [{ key, value }];
    },
  };
}

/** The ID of the camera that was heard at that address and was named by nobody: its serial number. */
function unnamedAt(at: string, notes: Notes): string | undefined {
  for (const { key, value } of notes.notes(KNOWN)) {
    const kept = read(value);
    if (kept?.at === at && knownKey(kept.serial ?? '') === key) return kept.serial;
  }
  return undefined;
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
