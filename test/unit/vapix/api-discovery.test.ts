import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeApiList, fetchApiList } from '../../../src/vapix/api-discovery.ts';
import { createVapixClient } from '../../../src/vapix/client.ts';
import { needCorpus, readCorpus } from '../../support/corpus.ts';
import { startHttpDevice } from '../../support/http-device.ts';

test('fetchApiList gives versions by id and passes over what it does not know', async t => {
  const apiList = [{ id: 'mqtt-client', version: '1.6' }, { id: 'ntp', version: 1 }, {}, null, 'x'];
  const device = await startHttpDevice(
    t,
    (_request, response) => void response.end(JSON.stringify({ data: { apiList } })),
  );
  const client = createVapixClient({ address: device.address, signal: t.signal });
  t.after(() => client.close());
  assert.deepEqual(
    [...(await fetchApiList(client))],
    [
      ['mqtt-client', '1.6'],
      ['ntp', '1'],
    ],
  );
  assert.equal(decodeApiList('{"data":{"apiList":[]}}').size, 0);
  for (const text of ['{}', '{"data":{}}', '{"data":{"apiList":{}}}'])
    assert.throws(() => decodeApiList(text), { code: 'PROTOCOL' });
});

test('real lists are read whole', needCorpus('vapix'), () => {
  for (const [name, text] of readCorpus('vapix', /apidiscovery-(get-api-list|cgi)/)) {
    assert.equal(decodeApiList(text).size, JSON.parse(text).data.apiList.length, name);
  }
});
