// What the device is made of: ports, sensors, disks, and itself.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createIoPoll, decodePorts } from '../../../src/vapix/io-ports.ts';
import { decodeDisks, diskReadings, pollStorage } from '../../../src/vapix/storage.ts';
import { pollSystem, systemReading } from '../../../src/vapix/system.ts';
import { decodeTemperature } from '../../../src/vapix/temperature.ts';
import { needCorpus, readCorpus } from '../../support/corpus.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { type Answer, startHttpDevice } from '../../support/http-device.ts';
import { codeOf, connect } from './helper.ts';

const PIR =
  '{"apiVersion":"1.0","context":"","method":"getPorts","data":{"numberOfPorts":1,"items":[{"port":"0","configurable":false,"usage":"","name":"PIR sensor","direction":"input","state":"open","normalState":"open"}]}}';
const options = () => ({
  signal: new AbortController().signal,
  clock: createFakeClock(Date.UTC(2026, 0, 1)),
});
const notFound: Answer = (_, response) => void response.writeHead(404).end();

/** A device that has just these paths, without their queries. */
const having =
  (answers: Record<string, string>): Answer =>
  (request, response, message) => {
    const text = answers[request.url] ?? answers[request.url.split('?')[0] ?? ''];
    return text === undefined ? notFound(request, response, message) : response.end(text);
  };

describe('ports', () => {
  test('one item a port, by its id; a device without ports has none', () => {
    const [reading, ...others] = decodePorts(PIR);
    assert.equal(others.length, 0);
    assert.deepEqual(reading?.item, '0');
    const rest = { usage: '', name: 'PIR sensor', direction: 'input', state: 'open', normalState: 'open' };
    assert.deepEqual(reading?.values, { configurable: false, ...rest });
    assert.deepEqual(decodePorts('{"data":{"numberOfPorts":0}}'), []);
    assert.deepEqual(
      decodePorts('{"data":{"items":[7,{}]}}').map(({ item }) => item),
      ['0', '1'],
    );
  });

  test('old firmware is asked for level, activity and direction of as many ports as it says', async t => {
    const device = await startHttpDevice(
      t,
      having({
        '/axis-cgi/param.cgi': 'root.Input.NbrOfInputs=1\nroot.Output.NbrOfOutputs=1\n',
        '/axis-cgi/io/port.cgi?check=1,2': 'port1=0\r\nport2=1\r\n__proto__=1\r\n',
        '/axis-cgi/io/port.cgi?checkactive=1,2': 'port1=inactive\nport2=active\n',
        '/axis-cgi/io/port.cgi?checkdirection=1,2': 'port1=input\nport2=output\n',
      }),
    );
    const poll = createIoPoll();
    const readings = await poll(connect(t, device.address), options());
    assert.deepEqual(
      readings.map(({ item, values }) => [item, values]),
      [
        ['port1', { level: 0, active: false, direction: 'input' }],
        ['port2', { level: 1, active: true, direction: 'output' }],
      ],
    );
  });

  test('a device with neither is NOT_FOUND', async t => {
    const device = await startHttpDevice(t, notFound);
    assert.equal(await codeOf(createIoPoll()(connect(t, device.address), options())), 'NOT_FOUND');
  });
});

describe('temperatures', () => {
  test('one item a thing, a running heater with its percentage, units where there are any', () => {
    const text =
      'Sensor.S0.Name=Main\nSensor.S0.Celsius=43.50\r\nHeater.H0.Status=Running[85%]\nHeater.H0.TimeUntilStop=95\nFan.F0.Status=Stopped\nno line\n';
    assert.deepEqual(
      decodeTemperature(text).map(({ item, values, units }) => [item, values, units]),
      [
        ['sensor-S0', { Name: 'Main', Celsius: 43.5 }, { Celsius: 'Cel' }],
        ['heater-H0', { Status: 'Running', Percentage: 85, TimeUntilStop: 95 }, { Percentage: '%' }],
        ['fan-F0', { Status: 'Stopped' }, {}],
      ],
    );
  });

  test('unknown kinds and fields stay, names are names, and a flood is refused', () => {
    const [pump, odd] = decodeTemperature('Pump.P0.Speed=5\n__proto__.__proto__.__proto__=x\n');
    assert.deepEqual([pump?.item, pump?.values], ['pump-P0', { Speed: '5' }]);
    assert.deepEqual([odd?.item, Object.keys(odd?.values ?? {})], ['__proto__-__proto__', ['__proto__']]);
    const flood = Array.from({ length: 5_000 }, (_, index) => `Sensor.S${index}.Celsius=1`).join('\n');
    assert.throws(() => decodeTemperature(flood), { code: 'TOO_LARGE' });
  });

  test('real answers are read', needCorpus('vapix'), () => {
    const [text = ''] = readCorpus('vapix', /temperaturecontrol-status-all/).values();
    assert.deepEqual(
      decodeTemperature(text).map(({ item, values }) => [item, values['Status'] ?? values['Fahrenheit']]),
      [
        ['sensor-S0', 110.3],
        ['heater-H0', 'Running'],
        ['fan-F0', 'Stopped'],
      ],
    );
  });
});

const LIST =
  '<?xml version="1.0"?><root><disks numberofdisks="2"><disk diskid="SD_DISK" totalsize="100" freesize="50" locked="no" full="yes" status="OK" x="1"/><disk diskid="NetworkShare" totalsize="9"/></disks></root>';
const HEALTH =
  '<HealthStatusResponse><HealthStatusSuccess><HealthStatus diskid="SD_DISK" wear="25" temperature="315"/><HealthStatus diskid="NetworkShare" wear="-1"/></HealthStatusSuccess></HealthStatusResponse>';
const LIST_PATH = '/axis-cgi/disks/list.cgi';

describe('storage', () => {
  async function poll(t: Parameters<typeof connect>[0], answers: Record<string, string>) {
    const device = await startHttpDevice(t, having(answers));
    const readings = await pollStorage(connect(t, device.address), options());
    return { values: readings.map(({ item, values }) => [item, values]), seen: device.seen };
  }

  test('one item a disk with its health; one answer may tell of all', async t => {
    const { values, seen } = await poll(t, { [LIST_PATH]: LIST, '/axis-cgi/disks/gethealth.cgi': HEALTH });
    const known = { totalsize: 100, freesize: 50, locked: false, full: true, status: 'OK', x: '1' };
    assert.deepEqual(values, [
      ['SD_DISK', { ...known, wear: 25, temperature: 315 }],
      ['NetworkShare', { totalsize: 9, wear: -1 }],
    ]);
    assert.equal(seen.length, 2);
  });

  test('each disk is asked for its health where one answer tells of one', async t => {
    const { values } = await poll(t, {
      [LIST_PATH]: LIST,
      '/axis-cgi/disks/gethealth.cgi?diskid=SD_DISK': '<r><HealthStatus diskid="SD_DISK" wear="1"/></r>',
      '/axis-cgi/disks/gethealth.cgi?diskid=NetworkShare':
        '<r><HealthStatus diskid="NetworkShare" wear="2"/></r>',
    });
    assert.deepEqual(
      values.map(([, said]) => (said as Record<string, unknown>)['wear']),
      [1, 2],
    );
  });

  test('a device without the health of disks still tells of them', async t => {
    const { values } = await poll(t, { [LIST_PATH]: LIST });
    assert.deepEqual(values[1], ['NetworkShare', { totalsize: 9 }]);
  });

  test('what is no XML is PROTOCOL, names are names, a flood is refused', () => {
    assert.throws(() => decodeDisks('<html>'), { code: 'PROTOCOL' });
    const [odd, ...others] = diskReadings(
      decodeDisks('<r><disk diskid="__proto__" a="x"/><disk diskid=""/><disk/></r>'),
      new Map(),
    );
    assert.deepEqual([odd?.item, odd?.values, others], ['__proto__', { a: 'x' }, []]);
    const flood = Array.from({ length: 101 }, (_, index) => `<disk diskid="d${index}"/>`).join('');
    assert.throws(() => diskReadings(decodeDisks(`<r>${flood}</r>`), new Map()), { code: 'TOO_LARGE' });
  });

  test('a real list is read', needCorpus('vapix'), () => {
    const [text = ''] = readCorpus('vapix', /disks-list/).values();
    const readings = diskReadings(decodeDisks(text), new Map());
    assert.deepEqual(
      readings.map(({ item, values }) => [item, values['freesize'], values['encryptionenabled']]),
      [
        ['SD_DISK', 63_126_240, false],
        ['NetworkShare', 920_987_392, false],
      ],
    );
  });
});

describe('the device itself', () => {
  test('a new device tells its boot, an old one less', () => {
    const data = { systemready: 'yes', needsetup: 'no', uptime: '65', bootid: 'e61a', previewmode: '7200' };
    const reading = systemReading({ ready: JSON.stringify({ data }), firmware: '11.11', clockSkewMs: -5000 });
    assert.deepEqual(reading.values, {
      systemready: true,
      needsetup: false,
      uptime: 65,
      bootid: 'e61a',
      previewmode: 7200,
      firmware: '11.11',
      clockSkew: -5000,
    });
    assert.deepEqual(reading.units, { uptime: 's', clockSkew: 'ms' });
    assert.deepEqual(systemReading({ firmware: '5.51' }).values, { firmware: '5.51' });
  });

  test('its clock is compared with ours by the Date of its answer', async t => {
    const info = '{"data":{"propertyList":{"Version":"10.12.228"}}}';
    const device = await startHttpDevice(t, ({ url }, response) => {
      response.setHeader('date', 'Thu, 01 Jan 2026 00:01:00 GMT');
      response.end(url.includes('basicdeviceinfo') ? info : '{"data":{"systemready":"yes"}}');
    });
    const [reading] = await pollSystem(connect(t, device.address), options());
    assert.deepEqual(reading?.values, { systemready: true, firmware: '10.12.228', clockSkew: 60_000 });
  });
});
