import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeEventInstances } from '../../../src/protocol/event-instances.ts';
import { isBridgeError } from '../../../src/util/errors.ts';

function answer(topics: string): string {
  return `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:e="http://www.axis.com/vapix/ws/event1" xmlns:w="http://docs.oasis-open.org/wsn/t-1" xmlns:o="http://www.onvif.org/ver10/topics" xmlns:a="http://www.axis.com/2009/event/topics" xmlns:acme="urn:acme"><s:Body><e:GetEventInstancesResponse><w:TopicSet>${topics}</w:TopicSet></e:GetEventInstancesResponse></s:Body></s:Envelope>`;
}

test('declarations are read by namespace, with types, state and kind', () => {
  const declarations = decodeEventInstances(
    answer(`<o:Device e:NiceName="Device"><a:Sensor><PIR w:topic="true"><e:MessageInstance e:isProperty="true">
      <e:SourceInstance><e:SimpleItemInstance e:NiceName="Sensor" Type="xsd:int" Name="sensor"><e:Value>0</e:Value></e:SimpleItemInstance></e:SourceInstance>
      <e:KeyInstance><e:SimpleItemInstance Type="xsd:string" Name="k"/></e:KeyInstance>
      <e:DataInstance><e:SimpleItemInstance Type="xsd:boolean" Name="state" isPropertyState="true"/><e:SimpleItemInstance Name="untyped"/></e:DataInstance>
    </e:MessageInstance></PIR></a:Sensor></o:Device>`),
  );
  assert.deepEqual(
    [...declarations],
    [
      [
        'tns1:Device/tnsaxis:Sensor/PIR',
        {
          topic: 'tns1:Device/tnsaxis:Sensor/PIR',
          property: true,
          source: [{ name: 'sensor', type: 'xsd:int' }],
          key: [{ name: 'k', type: 'xsd:string' }],
          data: [
            { name: 'state', type: 'xsd:boolean', state: true },
            { name: 'untyped', type: 'xsd:string' },
          ],
        },
      ],
    ],
  );
});

test('a topic may hold others, have no message, and belong to a foreign namespace', () => {
  const declarations = decodeEventInstances(
    answer(
      '<o:A w:topic="true"><e:MessageInstance/><B w:topic="true"/><acme:C w:topic="true"/><D><E w:topic="1"/></D></o:A>',
    ),
  );
  assert.deepEqual([...declarations.keys()], ['tns1:A', 'tns1:A/B', 'tns1:A/acme:C', 'tns1:A/D/E']);
  assert.ok([...declarations.values()].every(({ property, data }) => !property && data.length === 0));
});

test('a fault, and an answer without a topic set, are errors', () => {
  const fault =
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code></s:Fault></s:Body></s:Envelope>';
  assert.throws(
    () => decodeEventInstances(fault),
    error => isBridgeError(error) && error.code === 'REFUSED',
  );
  assert.throws(
    () => decodeEventInstances('<html/>'),
    error => isBridgeError(error) && error.code === 'PROTOCOL',
  );
});

test('topics without end are TOO_LARGE at once', () => {
  const long = `<o:${'x'.repeat(1_000_000)}>${'<c w:topic="true"/>'.repeat(500)}</o:${'x'.repeat(1_000_000)}>`;
  const many = Array.from({ length: 10_001 }, (_, at) => `<o:t${at} w:topic="true"/>`).join('');
  for (const topics of [long, many])
    assert.throws(
      () => decodeEventInstances(answer(topics)),
      error => isBridgeError(error) && error.code === 'TOO_LARGE',
    );
});
