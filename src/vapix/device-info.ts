// What device it is: basicdeviceinfo.cgi (AXIS OS 8.40 or later), else its parameters.
import { type ErrorCode, fail, isBridgeError } from '../util/errors.ts';
import type { VapixClient } from './client.ts';
import { callJson, decodeJson, fieldsOf, textOf } from './json.ts';
import { listParams, type Params } from './param.ts';
import { normalizeSerial } from './serial.ts';

/** Texts as the device says them; empty where it does not. */
export interface DeviceInfo {
  /** 12 upper-case hex digits; undefined where the device says none that is one. */
  serial: string | undefined;
  brand: string;
  /** Product number, such as `P8815-2`. */
  model: string;
  fullName: string;
  productType: string;
  firmware: string;
  architecture: string;
  soc: string;
}

const PATH = '/axis-cgi/basicdeviceinfo.cgi';
const GROUPS = ['Brand', 'Properties.Firmware', 'Properties.System'];
// What a device without that API, or an account without the right to it, answers.
const LACKING: readonly ErrorCode[] = ['NOT_FOUND', 'REFUSED', 'FORBIDDEN', 'PROTOCOL'];

/** Asks a device for its identity. Rejects with the errors of the client. */
export async function fetchDeviceInfo(
  client: VapixClient,
  options: { signal?: AbortSignal } = {},
): Promise<DeviceInfo> {
  try {
    return decodeDeviceInfo(await callJson(client, { path: PATH, method: 'getAllProperties', ...options }));
  } catch (error) {
    if (!isBridgeError(error) || !LACKING.includes(error.code)) throw error;
    const info = deviceInfoOf(await listParams(client, GROUPS, options));
    if (info.serial === undefined && info.model === '' && info.firmware === '')
      throw fail('PROTOCOL', 'param.cgi: the answer says nothing of the device');
    return info;
  }
}

/** Reads an answer of basicdeviceinfo.cgi. Throws REFUSED, PROTOCOL. */
export function decodeDeviceInfo(text: string): DeviceInfo {
  const { propertyList } = decodeJson(text, PATH);
  const properties = fieldsOf(propertyList);
  if (properties !== propertyList) throw fail('PROTOCOL', `${PATH}: the answer has no list of properties`);
  return build(name => textOf(properties[name]));
}

const PARAM_GROUPS: Readonly<Record<string, string>> = {
  Version: 'Properties.Firmware',
  SerialNumber: 'Properties.System',
  Architecture: 'Properties.System',
  Soc: 'Properties.System',
};

/** The same out of the parameters. */
export function deviceInfoOf(params: Params): DeviceInfo {
  return build(name => params.get(`${PARAM_GROUPS[name] ?? 'Brand'}.${name}`) ?? '');
}

function build(say: (name: string) => string): DeviceInfo {
  return {
    serial: normalizeSerial(say('SerialNumber')),
    brand: say('Brand'),
    model: say('ProdNbr'),
    fullName: say('ProdFullName'),
    productType: say('ProdType'),
    firmware: say('Version'),
    architecture: say('Architecture'),
    soc: say('Soc'),
  };
}
