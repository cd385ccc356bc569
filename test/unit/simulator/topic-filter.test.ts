// The `eventtopic` expressions that a device honours (PROTOCOLS 1.2).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseTopicFilter } from '../../../src/simulator/topic-filter.ts';

const PORT = 'tns1:Device/tnsaxis:IO/Port';
const CASES: [string | null, string, boolean][] = [
  [null, PORT, true],
  ['', PORT, true],
  ['//.', PORT, true],
  ['onvif:Device/axis:IO/Port', PORT, true],
  ['onvif:Device/axis:IO/Port//.', PORT, true],
  ['onvif:Device//.', PORT, true],
  ['onvif:Device', PORT, false],
  ['onvif:Dev//.', PORT, false],
  ['onvif:Device/axis:IO/Po//.', PORT, false],
  ['axis:Device//.', PORT, false],
  ['axis:Storage//.|onvif:Device//.', PORT, true],
  ['axis:Storage//.,onvif:Device/axis:IO/Port', PORT, true],
  ['axis:CameraApplicationPlatform/ALPV.AllPlates', 'tnsaxis:CameraApplicationPlatform/ALPV.AllPlates', true],
];

describe('parseTopicFilter', () => {
  for (const [expression, topic, passes] of CASES) {
    test(`${expression} ${passes ? 'passes' : 'holds back'} ${topic}`, () => {
      assert.equal(parseTopicFilter(expression)?.(topic), passes);
    });
  }

  for (const expression of [
    'tns1:Device//.',
    'onvif:Device|',
    'onvif:Device/',
    'onvif:De vice',
    '/onvif:Device',
  ]) {
    test(`cannot read ${expression}`, () => {
      assert.equal(parseTopicFilter(expression), undefined);
    });
  }
});
