// The topics that a simulated device declares, and the states that it starts with (PROTOCOLS 9).
import type { ItemDeclaration, TopicDeclaration } from '../event.ts';
import type { Values } from './items.ts';

/** One topic as the device declares it, with its name for people and the states it has at the start. */
export interface Topic extends TopicDeclaration {
  niceName: string;
  initial: readonly Initial[];
}

interface Initial {
  source: Values;
  data: Values;
}

interface Shape {
  /** Item name to XML type; a `*` after the type marks the state item. */
  source?: Record<string, string>;
  data?: Record<string, string>;
}

const AOA = 'tnsaxis:CameraApplicationPlatform/ObjectAnalytics';

/** About what a camera with two ports, a light, a card and AXIS Object Analytics declares. */
export const DEFAULT_TOPICS: readonly Topic[] = [
  property(
    'tns1:Device/tnsaxis:IO/Port',
    'Digital input port',
    { source: { port: 'xsd:int' }, data: { state: 'xsd:boolean*' } },
    [
      { source: { port: 1 }, data: { state: false } },
      { source: { port: 2 }, data: { state: false } },
    ],
  ),
  property(
    'tns1:Device/tnsaxis:IO/VirtualInput',
    'Virtual input',
    { source: { port: 'xsd:int' }, data: { active: 'xsd:boolean*' } },
    [{ source: { port: 1 }, data: { active: false } }],
  ),
  property(
    'tns1:Device/Trigger/Relay',
    'Relay',
    { source: { RelayToken: 'tt:ReferenceToken' }, data: { LogicalState: 'tt:RelayLogicalState*' } },
    [{ source: { RelayToken: 'AxisRelay1' }, data: { LogicalState: 'inactive' } }],
  ),
  property(
    'tns1:Device/tnsaxis:Casing/Open',
    'Casing open',
    { source: { Name: 'xsd:string' }, data: { Open: 'xsd:boolean*' } },
    [{ source: { Name: 'Front cover' }, data: { Open: false } }],
  ),
  property('tns1:Device/tnsaxis:Status/SystemReady', 'System ready', { data: { ready: 'xsd:boolean*' } }, [
    { source: {}, data: { ready: true } },
  ]),
  property(
    'tns1:Device/tnsaxis:Status/Temperature/Above',
    'Above operating temperature',
    { data: { sensor_level: 'xsd:boolean*' } },
    [{ source: {}, data: { sensor_level: false } }],
  ),
  property(
    'tns1:Device/tnsaxis:Light/Status',
    'Light status',
    { source: { id: 'xsd:int' }, data: { state: 'xsd:string*' } },
    [{ source: { id: 0 }, data: { state: 'OFF' } }],
  ),
  property(
    'tnsaxis:Storage/Alert',
    'Storage alert',
    {
      source: { disk_id: 'xsd:string' },
      data: { temperature: 'xsd:int', alert: 'xsd:boolean*', wear: 'xsd:int', overall_health: 'xsd:int' },
    },
    [
      { source: { disk_id: 'SD_DISK' }, data: { temperature: 34, alert: false, wear: 2, overall_health: 1 } },
      {
        source: { disk_id: 'NetworkShare' },
        data: { temperature: -3, alert: false, wear: -3, overall_health: -3 },
      },
    ],
  ),
  property(
    'tns1:VideoSource/MotionAlarm',
    'Motion alarm',
    { source: { Source: 'tt:ReferenceToken' }, data: { State: 'xsd:boolean*' } },
    [{ source: { Source: '0' }, data: { State: false } }],
  ),
  property(
    `${AOA}/Device1Scenario1`,
    'Object Analytics: Scenario 1',
    {
      data: {
        triggerTime: 'xsd:string',
        scenarioType: 'xsd:string',
        classTypes: 'xsd:string',
        objectId: 'xsd:string',
        active: 'xsd:boolean*',
      },
    },
    [
      {
        source: {},
        data: { triggerTime: '', scenarioType: 'motion', classTypes: '', objectId: '', active: false },
      },
    ],
  ),
  pulse('tnsaxis:CameraApplicationPlatform/ALPV.AllPlates', 'License plate', {
    data: {
      text: 'xsd:string',
      country: 'xsd:string',
      carState: 'xsd:string',
      carID: 'xsd:int',
      consumedTime: 'xsd:double',
    },
  }),
  pulse(`${AOA}/xinternal_data`, 'Internal data', { data: { svgframe: 'xsd:string' } }),
];

const PROBE: Shape = {
  source: { port: 'xsd:int' },
  data: { state: 'xsd:boolean*', count: 'xsd:int', sent: 'xsd:string' },
};

/** What the load mode sends: one topic for states, one for pulses. */
export const LOAD_TOPICS = {
  property: property('tns1:Device/tnsaxis:Load/Port', 'Load, as a state', PROBE, []),
  event: pulse('tns1:Device/tnsaxis:Load/Pulse', 'Load, as a pulse', PROBE),
};

/** A stateful topic with the states that it starts with. */
export function property(topic: string, niceName: string, shape: Shape, initial: Initial[]): Topic {
  return { ...declare(topic, niceName, shape), property: true, initial };
}

/** A stateless topic. */
export function pulse(topic: string, niceName: string, shape: Shape): Topic {
  return { ...declare(topic, niceName, shape), property: false, initial: [] };
}

function declare(topic: string, niceName: string, { source = {}, data = {} }: Shape) {
  return { topic, niceName, source: items(source), key: [], data: items(data) };
}

function items(types: Record<string, string>): ItemDeclaration[] {
  return Object.entries(types).map(([name, type]) =>
    type.endsWith('*') ? { name, type: type.slice(0, -1), state: true } : { name, type },
  );
}
