import assert from 'node:assert/strict';
import { test } from 'node:test';
import { merge } from '../../../src/discovery/merge.ts';
import type { Sighting } from '../../../src/discovery/sighting.ts';

const seen = (change: Partial<Sighting>): Sighting => ({
  via: 'mdns',
  address: '192.0.2.10',
  name: '',
  model: '',
  firmware: '',
  ...change,
});

test('sightings with one serial number are one device; what it answered itself comes first', () => {
  const [device, ...more] = merge([
    seen({ serial: 'ACCC8E000001', name: 'announced', port: 8080 }),
    seen({ via: 'http', address: '192.0.2.11', serial: 'ACCC8E000001', name: 'answered', port: 80 }),
  ]);
  assert.deepEqual(more, []);
  assert.equal(device?.name, 'answered');
  assert.equal(device?.port, 80);
  assert.deepEqual(device?.addresses, ['192.0.2.11', '192.0.2.10']);
  assert.deepEqual(device?.via, ['http', 'mdns']);
});

test('a sighting without a serial number belongs to the device at its address', () => {
  const devices = merge([
    seen({ via: 'ws-discovery', model: 'P3265-LVE' }),
    seen({ serial: 'ACCC8E000001' }),
  ]);
  assert.deepEqual(
    devices.map(({ serial, model }) => [serial, model]),
    [['ACCC8E000001', 'P3265-LVE']],
  );
});

test('devices come in the order of their addresses, by number', () => {
  const addresses = ['192.0.2.100', '192.0.2.9', '10.0.0.1'];
  const found = merge(addresses.map((address, index) => seen({ address, serial: `ACCC8E00000${index}` })));
  assert.deepEqual(
    found.map(device => device.addresses[0]),
    ['10.0.0.1', '192.0.2.9', '192.0.2.100'],
  );
});
