// The tables: which entity an event or a polled value is, and how it looks.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeEventInstances } from '../../../src/protocol/event-instances.ts';
import { needCorpus, readCorpus } from '../../support/corpus.ts';
import { items } from '../../support/notification.ts';
import { componentsOf, reading, stateOf, subject } from './helper.ts';

const APPLICATION = 'tnsaxis:CameraApplicationPlatform';

describe('a state is', () => {
  const rows: [topic: string, type: string, platform: string, deviceClass: string | undefined][] = [
    ['tns1:VideoSource/MotionAlarm', 'xsd:boolean', 'binary_sensor', 'motion'],
    [`${APPLICATION}/ObjectAnalytics/Device1Scenario1`, 'xsd:boolean', 'binary_sensor', 'motion'],
    ['tns1:Device/tnsaxis:Casing/Open', 'xsd:boolean', 'binary_sensor', 'tamper'],
    ['tns1:VideoSource/GlobalSceneChange/ImagingService', 'xsd:boolean', 'binary_sensor', 'tamper'],
    ['tns1:Device/tnsaxis:HardwareFailure/FanFailure', 'xsd:boolean', 'binary_sensor', 'problem'],
    ['tnsaxis:Storage/Disruption', 'xsd:boolean', 'binary_sensor', 'problem'],
    ['tnsaxis:AudioClassification/GlassBreak', 'xsd:boolean', 'binary_sensor', 'sound'],
    ['tnsaxis:AirQualityMonitor/Vaping', 'xsd:boolean', 'binary_sensor', 'smoke'],
    ['tns1:Device/tnsaxis:MQTT/ClientStatus', 'xsd:boolean', 'binary_sensor', 'connectivity'],
    ['tns1:Device/tnsaxis:Fan/Status', 'xsd:boolean', 'binary_sensor', 'running'],
    ['tns1:Device/tnsaxis:Light/Status', 'xsd:string', 'binary_sensor', 'light'],
    ['tns1:Device/Trigger/Relay', 'tt:RelayLogicalState', 'binary_sensor', undefined],
    ['tns1:Device/tnsaxis:IO/Port', 'xsd:boolean', 'binary_sensor', undefined],
    ['tns1:Device/tnsaxis:IO/SupervisedPort', 'xsd:string', 'sensor', 'enum'],
    ['tns1:Device/tnsaxis:Intercom/DoorState', 'xsd:string', 'sensor', undefined],
    ['tns1:VideoSource/tnsaxis:Autofocus', 'xsd:double', 'sensor', undefined],
    ['tns1:VideoSource/MotionAlarm', 'xsd:string', 'sensor', undefined],
    ['vendor:Something/New', 'xsd:boolean', 'binary_sensor', undefined],
  ];
  for (const [topic, type, platform, deviceClass] of rows) {
    test(`${topic}, ${type}: ${platform} ${deviceClass ?? ''}`, () => {
      const [component] = componentsOf({ subjects: [stateOf(topic, type)] });
      assert.equal(component?.platform, platform);
      assert.equal(component?.device_class, deviceClass);
    });
  }

  test('what the table knows to be on or off by `active`, though it is declared as a text', () => {
    for (const topic of [
      'tns1:Device/Trigger/Relay',
      'tns1:LightControl/tnsaxis:LightStatusChanged/Status',
    ]) {
      const [component] = componentsOf({ subjects: [stateOf(topic, 'xsd:string')] });
      assert.equal(component?.platform, 'binary_sensor');
      assert.deepEqual([component?.payload_on, component?.payload_off], ['True', 'False']);
      assert.match(String(component?.value_template), /\['active'\]/);
    }
  });

  test('any other state where it stands, by its name', () => {
    const [component] = componentsOf({ subjects: [stateOf('tnsaxis:Call/State', 'xsd:string')] });
    assert.match(String(component?.value_template), /\['data'\].*\['state'\]/);
  });

  test('no entity where the name of the state cannot stand in a template', () => {
    const data = [{ name: "'}}", type: 'xsd:string', state: true as const }];
    assert.deepEqual(componentsOf({ subjects: [subject({ data })] }), []);
  });

  test('no entity where none of its items is declared as the state', () => {
    const data = [{ name: 'state', type: 'xsd:boolean' }];
    assert.deepEqual(componentsOf({ subjects: [subject({ data })] }), []);
  });

  test('switched off at first where it only says what others say, or little', () => {
    const enabled = (change: Parameters<typeof subject>[0]) =>
      componentsOf({ subjects: [subject(change)] })[0]?.enabled_by_default;
    assert.equal(enabled({}), undefined);
    assert.equal(enabled({ aggregate: true }), false);
    assert.equal(enabled({ topic: 'tns1:UserAlarm/tnsaxis:Recurring/Interval' }), false);
  });
});

test('a storage alert is a problem, with wear and temperature beside it', () => {
  const data = [
    { name: 'temperature', type: 'xsd:int' },
    { name: 'alert', type: 'xsd:boolean', state: true as const },
    { name: 'wear', type: 'xsd:int' },
    { name: 'overall_health', type: 'xsd:int' },
  ];
  const disk = subject({ topic: 'tnsaxis:Storage/Alert', source: items({ disk_id: 'SD_DISK' }), data });
  const looks = componentsOf({ subjects: [disk] }).map(
    ({ name, platform, device_class, unit_of_measurement, entity_category }) =>
      [name, platform, device_class, unit_of_measurement, entity_category].join(' '),
  );
  assert.deepEqual(looks.sort(), [
    'Storage alert SD_DISK binary_sensor problem  diagnostic',
    'Storage temperature SD_DISK sensor temperature °C diagnostic',
    'Storage wear SD_DISK sensor  % diagnostic',
  ]);
});

test('a topic of pulses is one event entity; what it measures are sensors', () => {
  const pulse = (topic: string, names: string[] = []) =>
    subject({ topic, kind: 'event', source: [], data: names.map(name => ({ name, type: 'xsd:double' })) });
  const [plate] = componentsOf({ subjects: [pulse(`${APPLICATION}/ALPV.AllPlates`, ['text'])] });
  assert.equal(plate?.platform, 'event');
  assert.deepEqual(plate?.event_types, ['triggered']);
  assert.equal(plate?.name, 'License plate');
  const air = componentsOf({
    subjects: [pulse('tnsaxis:AirQualityMonitor/Metadata', ['CO2', 'PM2.5', 'X'])],
  });
  assert.deepEqual(air.map(({ platform, device_class }) => `${platform} ${device_class ?? ''}`).sort(), [
    'event ',
    'sensor carbon_dioxide',
    'sensor pm25',
  ]);
});

describe('a polled value is', () => {
  const look = (...args: Parameters<typeof reading>) =>
    componentsOf({ subjects: [], readings: [reading(...args)] }).map(
      ({ name, platform, device_class, state_class, unit_of_measurement, entity_category }) =>
        [name, platform, device_class, state_class, unit_of_measurement, entity_category]
          .filter(part => part !== undefined)
          .join(' '),
    );

  test('a total where it counts up, a measurement where it does not', () => {
    const counts = look('people-counter', { name: 'Exit', in: 12, occupancy: 3 }, { counters: ['in'] });
    assert.deepEqual(counts.sort(), ['Occupancy sensor measurement', 'People in sensor total_increasing']);
    const scenario = look(
      'object-analytics',
      { scenario: 'Door', type: 'crosslinecounting', totalHuman: 7 },
      { item: '1', counters: ['totalHuman'] },
    );
    assert.deepEqual(scenario, ['Total Human Door sensor total_increasing']);
  });

  test('of a class where its unit tells', () => {
    const sensor = { item: 'sensor-S0', units: { Celsius: 'Cel' } };
    assert.deepEqual(look('temperature', { Name: 'Main', Celsius: 43.5 }, sensor), [
      'Temperature sensor-S0 sensor temperature measurement °C diagnostic',
    ]);
    assert.deepEqual(look('system', { uptime: 65, firmware: '11' }, { units: { uptime: 's' } }), [
      'Uptime sensor duration measurement s diagnostic',
    ]);
  });

  test('a binary sensor where it is true or false', () => {
    assert.deepEqual(
      look('storage', { full: false, status: 'OK', group: 'S0' }, { item: 'SD_DISK' }).sort(),
      ['Disk full SD_DISK binary_sensor problem diagnostic', 'Disk status SD_DISK sensor diagnostic'],
    );
  });

  test('with the units and the words of a disk, and unknown where it has none', () => {
    const values = { totalsize: 62_500_000, freesize: 9, wear: -1, temperature: 315, overallhealth: 1 };
    const disk = { item: 'SD_DISK', units: { wear: '%', temperature: 'K' } };
    assert.deepEqual(look('storage', values, disk).sort(), [
      'Disk free SD_DISK sensor data_size measurement kB diagnostic',
      'Disk health SD_DISK sensor measurement diagnostic',
      'Disk size SD_DISK sensor data_size measurement kB diagnostic',
      'Disk temperature SD_DISK sensor temperature measurement K diagnostic',
      'Disk wear SD_DISK sensor measurement % diagnostic',
    ]);
  });

  test('right to Home Assistant though it has another type than the table expects', () => {
    for (const value of [true, 3, 'n/a'])
      for (const name of ['full', 'wear', 'status'])
        assert.ok(look('storage', { [name]: value }).length <= 1);
  });

  test('none where it is null, or a text that says nothing', () => {
    assert.deepEqual(look('queue', { name: 'Desk', nothing: null }), []);
  });
});

test(
  'every declaration of real devices makes entities that Home Assistant takes',
  needCorpus('event-instances'),
  () => {
    for (const [name, text] of readCorpus('event-instances', /\.xml$/)) {
      const declarations = [...decodeEventInstances(text).values()];
      const subjects = declarations.map(({ topic, property, data }) =>
        subject({ topic, kind: property ? 'property' : 'event', source: [], data }),
      );
      const stateful = declarations.filter(
        ({ property, data }) => property && data.some(({ state }) => state),
      );
      assert.ok(componentsOf({ subjects }).length >= stateful.length, name);
    }
  },
);
