import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFilter } from '../../../src/camera/filter.ts';
import { PORT } from '../../support/notification.ts';

const INTERNAL = 'tnsaxis:CameraApplicationPlatform/VMD/xinternal_data';

describe('a topic is wanted', () => {
  const rows: [what: string, include: string[], exclude: string[], topic: string, wanted: boolean][] = [
    ['by the default', ['**'], ['**/xinternal_data', '**/timer'], PORT, true],
    ['not where the default excludes it', ['**'], ['**/xinternal_data', '**/timer'], INTERNAL, false],
    ['by any of the patterns', ['tns1:Media/**', 'tns1:Device/**'], [], PORT, true],
    ['not without a pattern', [], [], PORT, false],
    ['not where it is included and excluded', [PORT], ['tns1:Device/**'], PORT, false],
    ['not under a pattern without its prefixes', ['Device/IO/Port'], [], PORT, false],
  ];
  for (const [what, include, exclude, topic, wanted] of rows) {
    test(what, () => {
      const wants = createFilter(include, exclude);
      assert.equal(wants(topic), wanted);
      assert.equal(wants(topic), wanted, 'the second time too');
    });
  }

  test('by the same rule after more topics than are remembered', () => {
    const wants = createFilter(['a/*'], []);
    for (let at = 0; at < 20_001; at++) assert.equal(wants(`${at % 2 ? 'a' : 'b'}/${at}`), at % 2 === 1);
    assert.equal(wants('a/1'), true);
    assert.equal(wants('__proto__'), false);
  });
});
