// Answers to what a device is asked to do, odd ones too: success, refusals in HTTP 200, nonsense.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { switchLight } from '../../../src/vapix/light.ts';
import { decodeClip, playClip } from '../../../src/vapix/media-clip.ts';
import { refuseErrorText, saidOf } from '../../../src/vapix/outcome.ts';
import { firstOverlay } from '../../../src/vapix/overlay.ts';
import { decodePortAnswer, portsOf, pulsePort, setPort } from '../../../src/vapix/ports.ts';
import { goToPreset } from '../../../src/vapix/ptz.ts';
import { readingOf } from '../../../src/vapix/readings.ts';
import { decodeRecording, startRecording } from '../../../src/vapix/record.ts';
import { decodeProfiles, decodeSiren, startProfile } from '../../../src/vapix/siren.ts';
import { decodeVirtualInput, setVirtualInput } from '../../../src/vapix/virtual-input.ts';
import { type Answer, PASSWORD, protectedBy, startHttpDevice } from '../../support/http-device.ts';
import { codeOf, connect, failure } from './helper.ts';

const OUTPUT =
  '{"data":{"numberOfPorts":1,"items":[{"port":"0","direction":"output","state":"open","normalState":"open"}]}}';
const REFUSED = { code: 'REFUSED' };
const PROTOCOL = { code: 'PROTOCOL' };
const notFound: Answer = (_, response) => void response.writeHead(404).end();

const saying =
  (text: string): Answer =>
  (_, response) =>
    void response.end(text);

describe('what a device says', () => {
  test('its plain values are passed on, known or not; what is large or nested is not', () => {
    const said = saidOf(
      JSON.parse(`{"sirenId":1,"new":"x","long":"${'y'.repeat(300)}","deep":{},"__proto__":2}`),
    );
    assert.deepEqual(Object.entries(said), [
      ['sirenId', 1],
      ['new', 'x'],
      ['__proto__', 2],
    ]);
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`x${index}`, index]));
    assert.equal(Object.keys(saidOf(many)).length, 32);
  });

  test('a line with an error is a refusal in the words of the device, any other text is none', () => {
    for (const text of ['Error:\r\nNo such preset', '# Error: Unknown action', 'ok\n  error: x']) {
      assert.throws(() => refuseErrorText(text, 'x.cgi'), REFUSED);
    }
    assert.throws(() => refuseErrorText('Error:\r\nNo such preset', 'ptz.cgi'), /No such preset/);
    assert.throws(
      () => refuseErrorText(`Error ${'z'.repeat(1e5)}`, 'x'),
      ({ message }: Error) => message.length < 300,
    );
    for (const text of ['', 'OK', 'Errors=0', 'no error']) refuseErrorText(text, 'x.cgi');
  });

  test('a recording that did not begin is a refusal, whatever the element is in', () => {
    assert.equal(
      decodeRecording('<root><a><record result="ok" recordingid="r1"/></a></root>', 'record'),
      'r1',
    );
    assert.throws(
      () => decodeRecording('<record recordingid="" result="ERROR" code="7"/>', 'record'),
      /code=7/,
    );
    assert.throws(() => decodeRecording('<root><record recordingid="r1"/></root>', 'record'), REFUSED);
    for (const text of [
      '<root/>',
      '<record result="OK"/>',
      '# Error',
      '',
      '<root><stop result="OK"/></root>',
    ]) {
      assert.throws(() => decodeRecording(text, 'record'), PROTOCOL, text);
    }
  });

  test('a virtual input says success or an error with its number', () => {
    const wrap = (inner: string) => `<v:R xmlns:v="http://x"><v:Success>${inner}</v:Success></v:R>`;
    assert.equal(decodeVirtualInput(wrap('<v:A><v:StateChanged>true</v:StateChanged></v:A>')), true);
    assert.equal(decodeVirtualInput(wrap('<v:A><v:StateChanged>false</v:StateChanged></v:A>')), false);
    assert.throws(() => decodeVirtualInput(wrap('<v:ErrorCode>30</v:ErrorCode>')), /error 30/);
    assert.throws(() => decodeVirtualInput(wrap('')), PROTOCOL);
  });

  test('one port of several that failed is a refusal', () => {
    decodePortAnswer('{"apiVersion":"1.0","context":""}');
    decodePortAnswer('{"data":{"ports":[{"port":"0"}]}}');
    assert.throws(() => decodePortAnswer('{"data":{"ports":[{"port":"0","error":{"code":1100}}]}}'), /1100/);
    assert.throws(() => decodePortAnswer('{"error":{"code":1100,"message":"no"}}'), REFUSED);
  });

  test('the names of profiles: once each, and only those that can be asked for', () => {
    const profiles = [{ name: 'Alarm' }, { name: 'Alarm' }, { name: '__proto__' }, { name: '' }, {}, null];
    const long = { name: 'x'.repeat(257) };
    assert.deepEqual(decodeProfiles(JSON.stringify({ data: { profiles: [...profiles, long] } })), [
      'Alarm',
      '__proto__',
    ]);
    assert.deepEqual(decodeProfiles('{"data":{}}'), []);
    const many = Array.from({ length: 1000 }, (_, name) => ({ name }));
    assert.equal(decodeProfiles(JSON.stringify({ data: { profiles: many } })).length, 100);
    assert.throws(() => decodeProfiles('{"error":{"code":2103}}'), REFUSED);
  });

  test('the numbers of output ports, by either API', () => {
    const reading = (item: string, direction: string) => readingOf('io', { direction }, { item });
    const newer = [reading('0', 'input'), reading('1', 'output'), reading('x', 'output')];
    assert.deepEqual(portsOf(newer), { count: 3, outputs: [2] });
    const older = [reading('port1', 'input'), reading('port2', 'output')];
    assert.deepEqual(portsOf(older), { count: 2, outputs: [2] });
    assert.deepEqual(portsOf([]), { count: 0, outputs: [] });
  });

  test('sirens, clips and overlays', () => {
    assert.throws(
      () => decodeSiren('{"error":{"code":1205,"message":"Profile not found"}}'),
      /1205.*Profile not found/,
    );
    assert.deepEqual(decodeClip('OK\r\nplaying=12\r\n'), { playing: 12 });
    assert.deepEqual(decodeClip('OK'), {});
    assert.equal(firstOverlay({ textOverlays: [{ identity: 4, camera: 2 }, { identity: 5 }] }, 1), 5);
    assert.equal(firstOverlay({ textOverlays: [7, { identity: 'x' }] }, 1), undefined);
    assert.equal(firstOverlay({}, 1), undefined);
  });
});

describe('over the wire', () => {
  test('names with signs of their own stay one value of the query', async t => {
    const device = await startHttpDevice(t, protectedBy(PASSWORD, saying('')));
    const client = connect(t, device.address);
    await goToPreset(client, { preset: 'a&b=c/#é', channel: undefined }, {});
    const url = new URL(device.seen.at(-1)?.url ?? '', 'http://device');
    assert.deepEqual([...url.searchParams], [['gotoserverpresetname', 'a&b=c/#é']]);
  });

  test('a pulse is one request, which the device ends by itself', async t => {
    const device = await startHttpDevice(t, saying(OUTPUT));
    await pulsePort(connect(t, device.address), { port: 1, ms: 3000 }, {});
    const { method, params } = JSON.parse(device.seen.at(-1)?.body ?? '');
    assert.equal(method, 'setStateSequence');
    assert.deepEqual(params.sequence[0], { state: 'closed', time: 3000 });
    assert.equal(params.sequence.at(-1).state, 'open');
  });

  test('old ports count from 1 and take the pulse in milliseconds', async t => {
    const old: Answer = (request, response, message) =>
      request.url.includes('port.cgi')
        ? saying('')(request, response, message)
        : notFound(request, response, message);
    const device = await startHttpDevice(t, old);
    const client = connect(t, device.address);
    await pulsePort(client, { port: 2, ms: 300 }, {});
    await setPort(client, { port: 2, active: false }, {});
    assert.deepEqual(
      device.seen.filter(({ method }) => method === 'GET').map(({ url }) => decodeURIComponent(url)),
      ['/axis-cgi/io/port.cgi?action=2:/300\\', '/axis-cgi/io/port.cgi?action=2:\\'],
    );
  });

  test('only a path that is not known leads to the older API: a refusal stands', async t => {
    const device = await startHttpDevice(t, saying('{"error":{"code":1,"message":"no"}}'));
    assert.equal(await codeOf(setPort(connect(t, device.address), { port: 1, active: true }, {})), 'REFUSED');
    assert.equal(device.seen.length, 1);
  });

  test('a clip whose volume the older API would ignore is not played there', async t => {
    const device = await startHttpDevice(t, notFound);
    const play = playClip(connect(t, device.address), { clip: 0, volume: 5, repeat: undefined }, {});
    assert.equal(await codeOf(play), 'NOT_FOUND');
    assert.equal(device.seen.length, 1);
  });

  test('a light is set before it is switched on, and stays dark where that is refused', async t => {
    const device = await startHttpDevice(t, saying('{"error":{"code":2,"message":"too bright"}}'));
    const light = switchLight(connect(t, device.address), { light: 'led0', on: true, intensity: 9 }, {});
    assert.match((await failure(light)).message, /too bright/);
    assert.equal(device.seen.length, 1);
  });

  test('nonsense, silence and refused logins are errors of the table', async t => {
    const nonsense = connect(t, (await startHttpDevice(t, saying('<html>busy'))).address);
    assert.equal(await codeOf(startProfile(nonsense, 'Alarm', {})), 'PROTOCOL');
    assert.equal(await codeOf(startRecording(nonsense, 'SD_DISK')), 'PROTOCOL');
    assert.equal(await codeOf(setVirtualInput(nonsense, { port: 1, active: true })), 'PROTOCOL');
    const silent = connect(t, (await startHttpDevice(t, () => {})).address, { timeoutMs: 50 });
    assert.equal(await codeOf(startRecording(silent, 'SD_DISK')), 'TIMEOUT');
    const locked = connect(t, (await startHttpDevice(t, protectedBy('another', saying('')))).address);
    assert.equal(await codeOf(startProfile(locked, 'Alarm', {})), 'AUTH');
  });
});
