// The topics and their messages as an AsyncAPI 3.0 document: what the bridge sends.
import type { PayloadName } from './schema.ts';

/** The version of the contract, not of the program. */
const VERSION = '1.0.0';
const SCHEMA = './payloads.schema.json';
const DEVICE = '{base}/{device}';
const BRIDGE = '{base}/bridge/{bridge}';

interface Channel {
  address: string;
  retained?: true;
  /** It is of an event: user properties tell duplicates and holes. */
  numbered?: true;
  description: string;
}

const CHANNELS: Readonly<Record<PayloadName, Channel>> = {
  event: {
    address: `${DEVICE}/event/{topic}/{source}`,
    retained: true,
    numbered: true,
    description:
      'An event. States are retained, pulses are not; a zero-byte message clears the state of a property that is gone.',
  },
  reading: {
    address: `${DEVICE}/reading/{api}/{item}`,
    retained: true,
    description: 'A polled value; without the last level where there is but one.',
  },
  availability: {
    address: `${DEVICE}/availability`,
    retained: true,
    description: 'How the device can be heard just now.',
  },
  info: {
    address: `${DEVICE}/info`,
    retained: true,
    description: 'What the device is, and the events that it declares.',
  },
  gap: {
    address: `${DEVICE}/gap`,
    description: 'A time in which the device was not heard, or said what could not be read.',
  },
  result: {
    address: `${DEVICE}/result/{action}`,
    description: 'What became of a command, which is a message on {base}/{device}/command/{action}.',
  },
  bridgeState: {
    address: `${BRIDGE}/state`,
    retained: true,
    description: 'Whether the bridge runs; its will, too.',
  },
  bridgeInfo: { address: `${BRIDGE}/info`, retained: true, description: 'What the bridge is.' },
  bridgeHealth: { address: `${BRIDGE}/health`, retained: true, description: 'The ledger, each minute.' },
  bridgeCheckpoint: {
    address: `${BRIDGE}/checkpoint`,
    retained: true,
    description: 'A number by which the bridge sees whether the broker has all that it took.',
  },
  bridgeAudit: {
    address: `${BRIDGE}/audit`,
    description: 'What was done to devices, where the configuration has `actions: {audit: true}`.',
  },
  axisEvent: {
    address: 'axis/{serial}/event/{axisTopic}',
    retained: true,
    numbered: true,
    description: 'An event as the device’s own client publishes it, where a route has the format axis.',
  },
  axisConnection: {
    address: 'axis/{serial}/event/connection',
    retained: true,
    description: 'Whether the device is heard, for the brokers of a route with the format axis.',
  },
  onvifEvent: {
    address: `${DEVICE}/onvif-ej/{onvifTopic}`,
    retained: true,
    numbered: true,
    description:
      'An event as ONVIF’s onvif-ej, where a route has the format onvif; a zero-byte message says that a property is gone.',
  },
};

const PARAMETERS: Readonly<Record<string, object>> = {
  base: { description: 'bridge.baseTopic of the configuration.', default: 'axis2mqtt' },
  bridge: { description: 'bridge.id of the configuration.', default: 'main' },
  device: { description: 'The camera’s id in the configuration, else its serial number.' },
  serial: { description: 'The serial number.' },
  topic: { description: 'The ONVIF topic without prefixes, several levels: Device/IO/Port.' },
  source: { description: 'A level name=value for each source item, then each key item; absent without any.' },
  api: { description: 'What was polled, such as people-counter.' },
  item: { description: 'Which of several.' },
  action: { description: 'Such as siren or record.' },
  axisTopic: { description: 'Several levels: tns:onvif/Device/tns:axis/IO/Port/$source/port/1.' },
  onvifTopic: { description: 'Several levels: RuleEngine/LineDetector/Crossed/&1/2/Fence.' },
};

const USER_PROPERTIES = {
  type: 'object',
  description: 'User properties of MQTT 5.',
  properties: Object.fromEntries(['id', 'seq', 'device'].map(name => [name, { type: 'string' }])),
};

/** The document; it refers to the payloads' JSON Schema beside it. Topics are those of routes that name none. */
export function asyncApi(): object {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'axis2mqtt',
      version: VERSION,
      description: 'The events of Axis network devices on MQTT, on the default topics of each format.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    channels: each((name, { address, description }) => ({
      address,
      description,
      messages: { [name]: { $ref: `#/components/messages/${name}` } },
      parameters: Object.fromEntries(namesIn(address).map(parameter => [parameter, PARAMETERS[parameter]])),
    })),
    operations: each((name, { retained = false }) => ({
      action: 'send',
      channel: { $ref: `#/channels/${name}` },
      messages: [{ $ref: `#/channels/${name}/messages/${name}` }],
      bindings: { mqtt: { qos: 1, retain: retained, bindingVersion: '0.2.0' } },
    })),
    components: {
      messages: each((name, { numbered = false }) => ({
        name,
        contentType: 'application/json',
        ...(numbered ? { headers: { $ref: '#/components/schemas/userProperties' } } : {}),
        payload: { $ref: `${SCHEMA}#/$defs/${name}` },
      })),
      schemas: { userProperties: USER_PROPERTIES },
    },
  };
}

function each(describe: (name: string, channel: Channel) => object): Record<string, object> {
  return Object.fromEntries(
    Object.entries(CHANNELS).map(([name, channel]) => [name, describe(name, channel)]),
  );
}

function namesIn(address: string): string[] {
  return [...address.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}
