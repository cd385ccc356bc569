import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventTopicFilter, normalizeTopic, toDevicePrefixes } from '../../../src/protocol/topic.ts';
import { cpuTime } from '../../support/cpu-time.ts';

const BOUND = new Map([
  ['x', 'http://www.onvif.org/ver10/topics'],
  ['axis', 'http://www.onvif.org/ver10/topics'],
  ['y', 'http://www.axis.com/2009/event/topics'],
  ['acme', 'http://acme.example/topics'],
]);

describe('a topic is normalized', () => {
  const cases: [written: string, normalized: string][] = [
    ['tns1:Device/tnsaxis:IO/Port', 'tns1:Device/tnsaxis:IO/Port'],
    ['onvif:Device/axis:IO/Port', 'tns1:Device/IO/Port'],
    ['tns1:Device/tns1:IO/tns1:Port', 'tns1:Device/IO/Port'],
    ['tns1:Device/tnsaxis:IO/tnsaxis:Port', 'tns1:Device/tnsaxis:IO/Port'],
    ['tns1:Device/IO/tns1:Port', 'tns1:Device/IO/Port'],
    ['tns1:Device/tnsaxis:IO/tns1:Port', 'tns1:Device/tnsaxis:IO/tns1:Port'],
    ['acme:Thing/acme:Part', 'acme:Thing/Part'],
    ['x:Device/y:IO/Port', 'tns1:Device/tnsaxis:IO/Port'],
    [' \r\n\ttns1:Device/tnsaxis:IO/Port\n ', 'tns1:Device/tnsaxis:IO/Port'],
    ['tns1:Device / tnsaxis:IO', 'tns1:Device/tnsaxis:IO'],
    ['tns1:Device/Trigger/.', 'tns1:Device/Trigger'],
    ['tns1:Device/Trigger//.', 'tns1:Device/Trigger'],
    ['tns1:Device/Trigger/', 'tns1:Device/Trigger'],
    ['tnsaxis:CameraApplicationPlatform/ALPV.AllPlates', 'tnsaxis:CameraApplicationPlatform/ALPV.AllPlates'],
    ['acme:Thing/Part', 'acme:Thing/Part'],
    ['other:Thing/axisNotAPrefix', 'other:Thing/axisNotAPrefix'],
    ['Device/Port', 'Device/Port'],
    ['', ''],
  ];
  for (const [written, normalized] of cases) {
    test(JSON.stringify(written), () =>
      assert.equal(
        normalizeTopic(written, prefix => BOUND.get(prefix)),
        normalized,
      ),
    );
  }

  test('by the usual meaning of its prefixes where nothing declares them', () => {
    assert.equal(normalizeTopic('onvif:Device/axis:IO/Port'), 'tns1:Device/tnsaxis:IO/Port');
  });

  test('of 4,096 characters at most, however ordinary they are', () => {
    assert.throws(() => normalizeTopic(`tns1:${'a'.repeat(4092)}`), { code: 'PROTOCOL' });
    assert.equal(normalizeTopic(`tns1:${'a'.repeat(4091)}`).length, 4096);
  });

  test('by what tns1 is bound to, not by how it looks', () => {
    assert.equal(
      normalizeTopic('tns1:Device', () => 'http://www.axis.com/2009/event/topics'),
      'tnsaxis:Device',
    );
  });
});

test('only prefixes are translated', () => {
  assert.equal(toDevicePrefixes('tns1:Device/tnsaxis:IO/tnsaxis:tns1:x'), 'onvif:Device/axis:IO/axis:tns1:x');
});

describe('the device is asked for', () => {
  const cases: [include: string[], filter: string | undefined][] = [
    [['**'], undefined],
    [['tns1:Device/**'], 'onvif:Device//.'],
    [['tns1:Device/tnsaxis:IO/Port'], 'onvif:Device/axis:IO/Port'],
    [['tns1:Device/tnsaxis:IO/*'], 'onvif:Device/axis:IO//.'],
    [['tns1:Device/*/Port', 'tnsaxis:Storage/**', 'tns1:Device/**'], 'onvif:Device//.%7Caxis:Storage//.'],
    [['tns1:Device/**', '**/Port'], undefined],
    [['*/Port'], undefined],
    [['Device/Port'], undefined],
    [['acme:Device/**'], undefined],
    [['tns1:Dev ice&video=1'], undefined],
    [[], undefined],
    [Array.from({ length: 200 }, (_, index) => `tns1:Device/Number${index}`), undefined],
  ];
  for (const [include, filter] of cases) {
    test(`${filter ?? 'everything'}, for ${JSON.stringify(include).slice(0, 80)}`, () =>
      assert.equal(eventTopicFilter(include), filter));
  }
});

test('a topic of nothing but slashes costs no time, and one past all reason is refused', () => {
  const ms = cpuTime(() => {
    assert.equal(normalizeTopic(`${'/'.repeat(4000)}x`), `${'/'.repeat(4000)}x`);
    assert.equal(normalizeTopic('tns1:Device/tnsaxis:IO/Port//.'), 'tns1:Device/tnsaxis:IO/Port');
    assert.throws(() => normalizeTopic(`${'/'.repeat(80_000)}x`), { code: 'PROTOCOL' });
  });
  // Quadratic, it took seconds.
  assert.ok(ms < 500, `${ms} ms`);
});
