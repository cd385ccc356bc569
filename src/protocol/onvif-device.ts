// What the device service of ONVIF is asked (Core, device management), and what its answers say.
import { NS } from './namespaces.ts';
import type { OnvifRequest } from './pullpoint.ts';
import { child, type XmlElement } from './xml-tree.ts';

const DEVICE = 'http://www.onvif.org/ver10/device/wsdl';

export const GET_TIME = request('GetSystemDateAndTime');
export const GET_SERVICES = request('GetServices', '<tds:IncludeCapability>false</tds:IncludeCapability>');
export const GET_CAPABILITIES = request('GetCapabilities', '<tds:Category>All</tds:Category>');
export const GET_INFORMATION = request('GetDeviceInformation');

/** Texts as the device says them; empty where it does not. */
export interface DeviceInformation {
  manufacturer: string;
  model: string;
  firmware: string;
  serialNumber: string;
}

function request(operation: string, content = ''): OnvifRequest {
  return {
    action: `${DEVICE}/${operation}`,
    body: `<tds:${operation} xmlns:tds="${DEVICE}">${content}</tds:${operation}>`,
  };
}

/** The address of the event service in an answer to GetServices, undefined where it names none. */
export function readServices(body: XmlElement): string | undefined {
  const events = body.children.find(service => {
    const uri = child(service, 'Namespace')?.text.trim() ?? '';
    return uri.replace(/\/$/, '') === NS.tev;
  });
  return events && child(events, 'XAddr')?.text.trim();
}

/** The same in an answer to GetCapabilities. */
export function readCapabilities(body: XmlElement): string | undefined {
  return within(body, 'Capabilities', 'Events', 'XAddr')?.text.trim();
}

export function readInformation(body: XmlElement): DeviceInformation {
  const say = (name: string) => child(body, name)?.text.trim().slice(0, 200) ?? '';
  return {
    manufacturer: say('Manufacturer'),
    model: say('Model'),
    firmware: say('FirmwareVersion'),
    serialNumber: say('SerialNumber'),
  };
}

/** The UTC time of an answer to GetSystemDateAndTime, undefined where it does not say it. */
export function readSystemTime(body: XmlElement): number | undefined {
  const utc = within(body, 'SystemDateAndTime', 'UTCDateTime');
  const number = (group: string, name: string) => Number((utc && within(utc, group, name))?.text.trim());
  const [year, month, day] = ['Year', 'Month', 'Day'].map(name => number('Date', name));
  const [hour, minute, second] = ['Hour', 'Minute', 'Second'].map(name => number('Time', name));
  const time = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
  return Number.isNaN(time) ? undefined : time;
}

function within(element: XmlElement, ...names: string[]): XmlElement | undefined {
  return names.reduce<XmlElement | undefined>((inner, name) => inner && child(inner, name), element);
}
