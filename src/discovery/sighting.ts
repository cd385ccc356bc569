// What one answer says of a device; all of it is the device's word.

export type Via = 'http' | 'mdns' | 'ws-discovery';

export interface Sighting {
  via: Via;
  address: string;
  /** Of its HTTP service; undefined where it does not say. */
  port?: number | undefined;
  https?: boolean | undefined;
  /** SHA-256 of its certificate, where it was seen. */
  fingerprint?: string | undefined;
  /** 12 upper-case hex digits. */
  serial?: string | undefined;
  /** Empty where it does not say. */
  name: string;
  model: string;
  firmware: string;
}

const NAME_MAX = 100;
/** Names of Axis devices' makers in their MAC addresses (PROTOCOLS 10). */
const OUI = /^(?:00408C|ACCC8E|B8A44F|E82725)/;

/** A name that a device says, of bounded length. */
export function nameOf(text: string | undefined): string {
  return (text ?? '').trim().slice(0, NAME_MAX);
}

/** Whether it is a device of Axis: others answer to the same questions. */
export function isAxis({ serial, name, model }: Sighting): boolean {
  return OUI.test(serial ?? '') || /^axis\b/i.test(name) || /^axis\b/i.test(model);
}
