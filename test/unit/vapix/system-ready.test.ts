import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVapixClient } from '../../../src/vapix/client.ts';
import { decodeSystemReady, fetchSystemReady } from '../../../src/vapix/system-ready.ts';
import { startHttpDevice } from '../../support/http-device.ts';

const NEW =
  '{"apiVersion":"1.4","method":"systemready","data":{"systemready":"no","needsetup":"yes","uptime":"65","bootid":"e61ab59b","previewmode":"7200"}}';
const OLD = '{"apiVersion":"1.1","method":"systemready","data":{"systemready":"yes","needsetup":"yes"}}';

test('decodeSystemReady reads old and new answers', () => {
  assert.deepEqual(decodeSystemReady(NEW), { ready: false, bootId: 'e61ab59b', uptimeSeconds: 65 });
  assert.deepEqual(decodeSystemReady(OLD), { ready: true, bootId: undefined, uptimeSeconds: undefined });
  assert.deepEqual(decodeSystemReady('{"data":{"uptime":"-1","bootid":{}}}'), {
    ready: false,
    bootId: undefined,
    uptimeSeconds: undefined,
  });
});

test('fetchSystemReady needs no login', async t => {
  const device = await startHttpDevice(t, (_request, response) => void response.end(NEW));
  const client = createVapixClient({ address: device.address, signal: t.signal });
  t.after(() => client.close());
  assert.equal((await fetchSystemReady(client)).bootId, 'e61ab59b');
  assert.equal(device.seen[0]?.authorization, undefined);
  assert.deepEqual(JSON.parse(device.seen[0]?.body ?? '').params, { timeout: 5 });
});
