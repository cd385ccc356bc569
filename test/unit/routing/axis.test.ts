// Topics and payloads as the device's own MQTT client publishes them: the samples of PROTOCOLS 5.3.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Item, Notification } from '../../../src/event.ts';
import { axisTopic, renderAxis } from '../../../src/routing/formats/axis.ts';
import { declared, items, PORT, SERIAL, said } from '../../support/notification.ts';
import { occurrence } from './helper.ts';

const AOA = 'tnsaxis:CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1';
const PLAIN = { namespaces: true, serialInPayload: false };

function payload(change: Partial<Notification>, options = PLAIN): string {
  return renderAxis(occurrence(said(change), declared()), options)();
}

describe('the topic', () => {
  const rows: [what: string, topic: string, source: Item[], path: string][] = [
    [
      'of the sample with a source',
      PORT,
      items({ port: '1' }),
      'tns:onvif/Device/tns:axis/IO/Port/$source/port/1',
    ],
    [
      'of the sample without one',
      AOA,
      [],
      'tns:axis/CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1',
    ],
    [
      'in one namespace alone',
      'tns1:RuleEngine/LineDetector/Crossed',
      [],
      'tns:onvif/RuleEngine/LineDetector/Crossed',
    ],
    ['with a namespace said again', 'tns1:A/tns1:B/C', [], 'tns:onvif/A/B/C'],
    ['back in a namespace', 'tns1:A/tnsaxis:B/tns1:C', [], 'tns:onvif/A/tns:axis/B/tns:onvif/C'],
    ['in a foreign namespace', 'acme:Brand/New', [], 'tns:acme/Brand/New'],
    ['without a namespace', 'Bare/Topic', [], 'Bare/Topic'],
    [
      'with sources in the device’s order, each with its name',
      'tns1:T',
      items({ b: '2', a: 'x' }),
      'tns:onvif/T/$source/b/2/$source/a/x',
    ],
    ['with what no level may hold', 'tns1:T+', items({ 'a/b': '#1' }), 'tns:onvif/T%2B/$source/a%2Fb/%231'],
  ];
  for (const [what, topic, source, path] of rows) {
    test(what, () => assert.equal(axisTopic(topic, source), path));
  }

  test('without its namespaces', () => {
    assert.equal(axisTopic(PORT, items({ port: '1' }), false), 'Device/IO/Port/$source/port/1');
  });
});

describe('the payload', () => {
  test('is the sample, byte for byte', () => {
    const time = new Date(1785325150144).toISOString();
    assert.equal(
      payload({ time, data: items({ state: '0' }) }),
      '{"topic":"onvif:Device/axis:IO/Port","timestamp":1785325150144,' +
        '"message":{"source":{"port":"1"},"key":{},"data":{"state":"0"}}}',
    );
  });

  test('names the serial number where it is to', () => {
    const text = payload({ time: '2026-11-22T08:00:00Z' }, { ...PLAIN, serialInPayload: true });
    assert.ok(
      text.startsWith(`{"topic":"onvif:Device/axis:IO/Port","timestamp":1795334400000,"serial":"${SERIAL}",`),
    );
  });

  test('maps the prefix of each segment and nothing in the names', () => {
    const { topic } = JSON.parse(payload({ topic: 'tns1:axis/tnsaxis:onvif/tns1/acme:x' }));
    assert.equal(topic, 'onvif:axis/axis:onvif/tns1/acme:x');
  });

  test('says the time in whole milliseconds, and none where the device said none', () => {
    assert.equal(JSON.parse(payload({ time: '2026-11-22T08:00:00.123987Z' })).timestamp, 1795334400123);
    for (const time of [null, 'soon']) assert.ok(!payload({ time }).includes('timestamp'));
  });

  test('has every value as the text that was said, and every item', () => {
    const data = items({ b: 'true', n: '112.000000', nested: { a: ['1'] } });
    // In an object the name that is a number would come first.
    data.push({ name: '__proto__', value: 'p' }, { name: 'b', value: '0' }, { name: '7', value: 5 });
    const text = payload({ key: items({ k: 'ä"\n' }), data });
    assert.ok(
      text.endsWith(
        '"key":{"k":"ä\\"\\n"},"data":{"b":["true","0"],"n":"112.000000",' +
          '"nested":"{\\"a\\":[\\"1\\"]}","__proto__":"p","7":"5"}}}',
      ),
      text,
    );
  });
});
