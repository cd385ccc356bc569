// The simulated device, as a client of other people's making sees its ONVIF services: the npm package onvif.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cam } from 'onvif';
import { createDevice } from '../../src/simulator/simulator.ts';
import { eventually } from '../support/eventually.ts';

test('npm onvif connects, reads what the device is, and gets its states and events', {
  timeout: 240_000,
}, async t => {
  const device = createDevice();
  t.after(() => device.stop());
  const { httpPort } = await device.start();
  const options = {
    hostname: '127.0.0.1',
    port: httpPort,
    username: 'root',
    password: 'pass',
    timeout: 60_000,
  };
  const camera = await new Promise<Cam>((resolve, reject) => {
    const made: Cam = new Cam(options, error => (error ? reject(error) : resolve(made)));
  });
  const serial = await new Promise((resolve, reject) =>
    camera.getDeviceInformation((error, said) => (error ? reject(error) : resolve(said?.serialNumber))),
  );
  assert.equal(serial, device.serial);
  const messages: unknown[] = [];
  camera.on('event', message => messages.push(message));
  t.after(() => camera.removeAllListeners('event'));
  await eventually('its states', () => JSON.stringify(messages).includes('IO/Port'));
  const before = messages.length;
  device.emit('tns1:Device/tnsaxis:IO/Port', { source: { port: 1 }, data: { state: true } });
  await eventually('an event', () => JSON.stringify(messages.slice(before)).includes('IO/Port'));
});
