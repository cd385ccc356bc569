import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeSerial, serialFromRealm } from '../../../src/vapix/serial.ts';

test('normalizeSerial takes a MAC address however it is written, and nothing else', () => {
  for (const text of ['00408C188227', '00:40:8c:18:82:27', '00-40-8C-18-82-27']) {
    assert.equal(normalizeSerial(text), '00408C188227');
  }
  for (const text of ['', '00408C18822', '00408C1882277', '00408C18822G', 'virtual', '../../etc']) {
    assert.equal(normalizeSerial(text), undefined);
  }
});

test('serialFromRealm reads both forms of realm', () => {
  assert.equal(serialFromRealm('AXIS_ACCC8E012345'), 'ACCC8E012345');
  assert.equal(serialFromRealm('AXIS_WS_00408C188227'), '00408C188227');
  assert.equal(serialFromRealm('AXIS_WS_00:40:8c:18:82:27'), '00408C188227');
  for (const realm of [undefined, '', 'AXIS', 'AXIS_', 'Streaming Server', 'X AXIS_ACCC8E012345']) {
    assert.equal(serialFromRealm(realm), undefined);
  }
});
