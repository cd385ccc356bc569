// Topics and payloads of ONVIF's event brokers: the samples of PROTOCOLS 6.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Item, Notification, TopicDeclaration } from '../../../src/event.ts';
import { onvifTopic, renderOnvif } from '../../../src/routing/formats/onvif.ts';
import { declared, items, PORT, said } from '../../support/notification.ts';
import { occurrence } from './helper.ts';

const LINE = 'tns1:RuleEngine/LineDetector/Crossed';
const SOURCE = items({ VideoSource: '1', AnalyticsConfiguration: '2', Rule: 'MyImportantFence1' });

function payload(change: Partial<Notification>, declaration?: TopicDeclaration): string {
  return renderOnvif(occurrence(said(change), declaration))();
}

describe('the topic', () => {
  const rows: [what: string, topic: string, source: Item[], path: string][] = [
    ['of the sample', LINE, SOURCE, 'RuleEngine/LineDetector/Crossed/&1/2/MyImportantFence1'],
    ['without a source', LINE, [], 'RuleEngine/LineDetector/Crossed'],
    ['with a namespace of Axis', PORT, items({ port: '1' }), 'Device/tnsaxis:IO/Port/&1'],
    [
      'in the namespace of Axis alone',
      'tnsaxis:CameraApplicationPlatform/VMD/Camera1Profile1',
      [],
      'tnsaxis:CameraApplicationPlatform/VMD/Camera1Profile1',
    ],
    ['in a foreign namespace', 'acme:A/tns1:B', [], 'acme:A/B'],
    ['without wildcards', 'tns1:A+/B#', items({ s: '#1+2' }), 'A/B/&12'],
    ['with a slash and a percent sign in a value', 'tns1:A', items({ s: 'a/b', p: '5%' }), 'A/&a%2Fb/5%25'],
    ['with the values of simple items only', 'tns1:A', items({ a: { x: '1' }, b: '2' }), 'A/&2'],
  ];
  for (const [what, topic, source, path] of rows) {
    test(what, () => assert.equal(onvifTopic(topic, source), path));
  }
});

describe('the payload', () => {
  test('is the sample, byte for byte', () => {
    assert.equal(
      payload({
        topic: LINE,
        time: '2008-10-10T12:24:57.321Z',
        source: SOURCE,
        data: items({ ObjectId: '15' }),
      }),
      '{"UtcTime":"2008-10-10T12:24:57.321Z","Source":{"VideoSource":"1","AnalyticsConfiguration":"2",' +
        '"Rule":"MyImportantFence1"},"Data":{"ObjectId":"15"}}',
    );
  });

  test('has declared numbers and booleans bare, as in the newer sample', () => {
    const declaration = declared({
      source: [{ name: 'SensorID', type: 'xsd:string' }],
      data: [
        { name: 'Value', type: 'xsd:double' },
        { name: 'Above', type: 'xsd:boolean' },
      ],
    });
    const change = {
      time: '2025-07-15T14:30:00Z',
      source: items({ SensorID: '001' }),
      data: items({ Value: '28.65', Above: '1' }),
    };
    assert.equal(
      payload(change, declaration),
      '{"UtcTime":"2025-07-15T14:30:00Z","Source":{"SensorID":"001"},"Data":{"Value":28.65,"Above":true}}',
    );
  });

  test('has Key where there is one, nested elements, and no Data where there is none', () => {
    const box = { '@id': '1', Box: [{ '@left': '0' }, { '@left': '1' }] };
    assert.equal(
      payload({ time: '2026-11-22T08:00:00Z', source: [], key: items({ k: '1', box }), data: [] }),
      '{"UtcTime":"2026-11-22T08:00:00Z","Source":{},' +
        '"Key":{"k":"1","box":{"@id":"1","Box":[{"@left":"0"},{"@left":"1"}]}}}',
    );
  });

  test('says no time where the device said none', () => {
    assert.equal(payload({ time: null }), '{"Source":{"port":"1"},"Data":{"state":"1"}}');
  });

  test('says nothing of the operation', () => {
    assert.equal(payload({ operation: 'initialized' }), payload({ operation: 'changed' }));
  });
});
