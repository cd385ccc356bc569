import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVapixClient } from '../../../src/vapix/client.ts';
import { fetchEventInstances } from '../../../src/vapix/event-instances.ts';
import { startHttpDevice } from '../../support/http-device.ts';

const ANSWER = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:aev="http://www.axis.com/vapix/ws/event1"
 xmlns:wstop="http://docs.oasis-open.org/wsn/t-1" xmlns:tns1="http://www.onvif.org/ver10/topics" xmlns:tnsaxis="http://www.axis.com/2009/event/topics"><s:Body>
 <aev:GetEventInstancesResponse><wstop:TopicSet><tns1:Device><tnsaxis:Sensor><PIR wstop:topic="true"><aev:MessageInstance aev:isProperty="true">
 <aev:DataInstance><aev:SimpleItemInstance Type="xsd:boolean" Name="state" isPropertyState="true"/></aev:DataInstance>
 </aev:MessageInstance></PIR></tnsaxis:Sensor></tns1:Device></wstop:TopicSet></aev:GetEventInstancesResponse></s:Body></s:Envelope>`;

test('fetchEventInstances asks as the event service wants it and reads the declarations', async t => {
  const device = await startHttpDevice(t, (_request, response) => void response.end(ANSWER));
  const client = createVapixClient({ address: device.address, signal: t.signal });
  t.after(() => client.close());
  const declarations = await fetchEventInstances(client);
  assert.deepEqual([...declarations.keys()], ['tns1:Device/tnsaxis:Sensor/PIR']);
  const { method, url, contentType, body } = device.seen[0] ?? {};
  assert.deepEqual([method, url], ['POST', '/vapix/services']);
  assert.match(
    contentType ?? '',
    /^application\/soap\+xml; action=http:\/\/www\.axis\.com\/vapix\/ws\/event1\/GetEventInstances;/,
  );
  assert.match(body ?? '', /<GetEventInstances xmlns="http:\/\/www\.axis\.com\/vapix\/ws\/event1"\/>/);
});
