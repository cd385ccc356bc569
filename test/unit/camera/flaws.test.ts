// What a device that is heard lacks, by what it says of itself.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { flawsOf } from '../../../src/camera/flaws.ts';
import { declared, PORT } from '../../support/notification.ts';

const ONE = new Map([[PORT, declared()]]);
const ALL = ['**'];

describe('what a device lacks', () => {
  const CASES: [what: string, judged: Parameters<typeof flawsOf>[0], flaws: string[]][] = [
    ['nothing', { declarations: ONE, skew: 30_000, include: ALL }, []],
    ['nothing, where its clock says nothing', { declarations: ONE, skew: undefined, include: [PORT] }, []],
    ['its declarations', { declarations: undefined, skew: 0, include: ['x'] }, ['NO_DECLARATIONS']],
    ['an event that is wanted', { declarations: ONE, skew: 0, include: ['tns1:Nothing/**'] }, ['NO_EVENTS']],
    ['nothing, where it declares nothing', { declarations: new Map(), skew: 0, include: ['x'] }, []],
    ['two things', { declarations: undefined, skew: -30_001, include: ALL }, ['NO_DECLARATIONS', 'CLOCK']],
  ];
  for (const [what, judged, flaws] of CASES) test(what, () => assert.deepEqual(flawsOf(judged), flaws));
});
