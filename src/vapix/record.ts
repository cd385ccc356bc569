// record.cgi and stop.cgi: recordings on the device's own storage (PROTOCOLS 8). AXIS OS 13 is said to have removed both;
// what its recording-group API has instead configures recordings and starts none, so such a device is NOT_FOUND.
import { fail } from '../util/errors.ts';
import type { VapixClient } from './client.ts';
import { type ActOptions, refused } from './outcome.ts';
import { findElement, readVapixXml } from './xml.ts';

const ID_MAX = 256;

/** Starts a recording on a disk; resolves with its ID. Rejects with the errors of the client; REFUSED, PROTOCOL. */
export async function startRecording(
  client: VapixClient,
  diskId: string,
  options: ActOptions = {},
): Promise<string> {
  const path = `/axis-cgi/record/record.cgi?diskid=${encodeURIComponent(diskId)}`;
  return decodeRecording((await client.request({ method: 'GET', path, ...options })).text, 'record');
}

/** Stops a recording. Rejects as `startRecording`. */
export async function stopRecording(
  client: VapixClient,
  recordingId: string,
  options: ActOptions = {},
): Promise<void> {
  const path = `/axis-cgi/record/stop.cgi?recordingid=${encodeURIComponent(recordingId)}`;
  decodeRecording((await client.request({ method: 'GET', path, ...options })).text, 'stop');
}

/** The ID of a `<record …>` or `<stop …>` that says OK. Throws REFUSED where it says otherwise, PROTOCOL. */
export function decodeRecording(text: string, name: 'record' | 'stop'): string {
  const who = `${name}.cgi`;
  const said = findElement(readVapixXml(text), name);
  const id = said?.attributes.get('recordingid');
  if (said === undefined) throw fail('PROTOCOL', `${who}: the answer says nothing of a recording`);
  if (said.attributes.get('result')?.toUpperCase() !== 'OK') {
    throw refused(who, [...said.attributes].map(([name, value]) => `${name}=${value}`).join(' '));
  }
  if (id === undefined || id === '' || id.length > ID_MAX) throw fail('PROTOCOL', `${who}: no recording ID`);
  return id;
}
