// A device's serial number: its MAC address as 12 upper-case hex digits, however it was written (PROTOCOLS 10).

/** `00:40:8c:18:82:27` → `00408C188227`; undefined where it is no serial number. */
export function normalizeSerial(text: string): string | undefined {
  const serial = text.replace(/[:-]/g, '').toUpperCase();
  return /^[0-9A-F]{12}$/.test(serial) ? serial : undefined;
}

/** The serial number in a login's realm: `AXIS_<serial>`, or `AXIS_WS_<MAC>` of older firmware. */
export function serialFromRealm(realm: string | undefined): string | undefined {
  return normalizeSerial(/^AXIS_(?:WS_)?(.*)$/i.exec(realm ?? '')?.[1] ?? '');
}
