import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEventProperties } from '../../../src/protocol/event-properties.ts';
import { readSoapBody } from '../../../src/protocol/soap.ts';

/** As ONVIF Core has it in its example, with prefixes of another device's choice. */
const answer = (topics: string) =>
  readSoapBody(
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:t="http://docs.oasis-open.org/wsn/t-1" ' +
      'xmlns:o="http://www.onvif.org/ver10/schema" xmlns:tns="http://www.onvif.org/ver10/topics" xmlns:xs="http://www.w3.org/2001/XMLSchema"><s:Body>' +
      `<e:GetEventPropertiesResponse xmlns:e="http://www.onvif.org/ver10/events/wsdl">${topics}</e:GetEventPropertiesResponse>` +
      '</s:Body></s:Envelope>',
  );

test('topics, whether they are properties, and the names and types of their items', () => {
  const declared = readEventProperties(
    answer(
      '<t:TopicSet><tns:RuleEngine><LineDetector t:topic="true"><o:MessageDescription IsProperty="false"><o:Source>' +
        '<o:SimpleItemDescription Name="Rule" Type="xs:string"/></o:Source><o:Key>' +
        '<o:SimpleItemDescription Name="ObjectId" Type="xs:int"/></o:Key><o:Data>' +
        '<o:ElementItemDescription Name="Object" Type="o:Object"/></o:Data></o:MessageDescription></LineDetector>' +
        '<CellMotionDetector t:topic="true"><Motion t:topic="true"><o:MessageDescription IsProperty="true"><o:Data>' +
        '<o:SimpleItemDescription Name="IsMotion" Type="xs:boolean"/></o:Data></o:MessageDescription></Motion>' +
        '</CellMotionDetector></tns:RuleEngine></t:TopicSet>',
    ),
  );
  assert.deepEqual(
    [...declared.values()],
    [
      {
        topic: 'tns1:RuleEngine/LineDetector',
        property: false,
        source: [{ name: 'Rule', type: 'xsd:string' }],
        key: [{ name: 'ObjectId', type: 'xsd:int' }],
        data: [{ name: 'Object', type: 'o:Object' }],
      },
      { topic: 'tns1:RuleEngine/CellMotionDetector', property: false, source: [], key: [], data: [] },
      {
        topic: 'tns1:RuleEngine/CellMotionDetector/Motion',
        property: true,
        source: [],
        key: [],
        data: [{ name: 'IsMotion', type: 'xsd:boolean', state: true }],
      },
    ],
  );
});

test('an answer without a topic set is refused', () => {
  assert.throws(() => readEventProperties(answer('')), { code: 'PROTOCOL' });
});
