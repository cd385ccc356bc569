import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDeviceTopic } from '../../../src/protocol/device-topic.ts';

test('readDeviceTopic gives each namespace to the segment behind it, and leaves the source out', () => {
  const cases = {
    'tns:onvif/Device/tns:axis/IO/Port/$source/port/1': 'tns1:Device/tnsaxis:IO/Port',
    'tns:axis/CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1':
      'tnsaxis:CameraApplicationPlatform/ObjectAnalytics/Device1Scenario1',
    'tns:onvif/Device/tns:vendor/axis:Thing': 'tns1:Device/vendor:axis:Thing',
    'Device/IO/Port/$source/port/1/$source/name/a': 'Device/IO/Port',
    '$source/port/1': '',
    'tns:onvif': '',
    '': '',
  };
  for (const [path, topic] of Object.entries(cases)) assert.equal(readDeviceTopic(path), topic, path);
});
