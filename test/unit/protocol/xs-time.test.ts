// Times and durations as XML Schema writes them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatDateTime, parseDateTime, parseDuration } from '../../../src/protocol/xs-time.ts';

describe('a time', () => {
  test('of a device is read with any fraction or zone, and in UTC where it says none', () => {
    const time = Date.UTC(2026, 10, 22, 8);
    for (const text of [
      '2026-11-22T08:00:00Z',
      ' 2026-11-22T08:00:00.000000Z ',
      '2026-11-22T09:00:00+01:00',
      '2026-11-22T08:00:00',
    ])
      assert.equal(parseDateTime(text), time, text);
    for (const text of ['', 'tomorrow', '2026-99-99T08:00:00Z', '5'])
      assert.equal(parseDateTime(text), undefined, text);
    assert.equal(formatDateTime(time + 999), '2026-11-22T08:00:00Z');
  });

  test('as a duration', () => {
    const read = {
      PT60S: 60_000,
      PT1M30S: 90_000,
      'PT0.5S': 500,
      P1D: 86_400_000,
      P1DT1H: 90_000_000,
      ' PT5S ': 5000,
    };
    for (const [text, ms] of Object.entries(read)) assert.equal(parseDuration(text), ms, text);
    for (const text of ['', 'P', 'PT', '60', 'PT-5S', 'PT60'])
      assert.equal(parseDuration(text), undefined, text);
  });
});
