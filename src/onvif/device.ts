// What a device says of itself over ONVIF: for those that have no VAPIX.
import type { Declarations } from '../event.ts';
import { GET_EVENT_PROPERTIES, readEventProperties } from '../protocol/event-properties.ts';
import { GET_INFORMATION, readInformation } from '../protocol/onvif-device.ts';
import type { DeviceInfo } from '../vapix/device-info.ts';
import { normalizeSerial } from '../vapix/serial.ts';
import type { OnvifClient } from './types.ts';

/** What it is. Rejects with the errors of the client. */
export async function fetchInformation(client: OnvifClient, signal: AbortSignal): Promise<DeviceInfo> {
  const { device: path } = await client.services(signal);
  const { body } = await client.ask({ request: GET_INFORMATION, path, signal });
  const { manufacturer, model, firmware, serialNumber } = readInformation(body);
  return {
    serial: serialOf(serialNumber),
    brand: manufacturer,
    model,
    fullName: `${manufacturer} ${model}`.trim(),
    productType: '',
    firmware,
    architecture: '',
    soc: '',
  };
}

/** The declarations of its events. Rejects with the errors of the client, PROTOCOL where they make no sense. */
export async function fetchEventProperties(client: OnvifClient, signal: AbortSignal): Promise<Declarations> {
  const { events: path } = await client.services(signal);
  const { body } = await client.ask({ request: GET_EVENT_PROPERTIES, path, signal });
  return readEventProperties(body);
}

/** Another make's serial number, as far as it can stand in a topic: `DS-2CD 1/2` as `DS-2CD-1-2`. */
function serialOf(text: string): string | undefined {
  return normalizeSerial(text) ?? (text.replace(/[^\w.-]+/g, '-').slice(0, 64) || undefined);
}
