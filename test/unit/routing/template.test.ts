import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileTemplate, type EventValues } from '../../../src/routing/template.ts';
import { PORT, SERIAL } from '../../support/notification.ts';

const CAMERA = {
  base: 'site/axis',
  bridge: 'main',
  device: 'front door',
  labels: { site: 'lu/nd', empty: '' },
};
const EVENT: EventValues = {
  serial: SERIAL,
  kind: 'property',
  topic: PORT,
  sources: [['port', '1']],
  source: [],
};

function fill(template: string, change: Partial<EventValues> = {}, device = CAMERA.device): string {
  return compileTemplate(template, { ...CAMERA, device })({ ...EVENT, ...change });
}

describe('a topic template', () => {
  const rows: [what: string, template: string, topic: string, change?: Partial<EventValues>][] = [
    [
      'fills the default of the bridge',
      '{base}/{device}/event/{topic}/{source}',
      'site/axis/front door/event/Device/IO/Port/port=1',
    ],
    [
      'takes the slash of an absent source along',
      '{base}/{device}/event/{topic}/{source}',
      'site/axis/front door/event/Device/IO/Port',
      { sources: [] },
    ],
    ['knows bridge, serial and kind', '{bridge}/{serial}/{kind}', 'main/ACCC8E012345/property'],
    ['keeps a label one level', 'x/{labels.site}', 'x/lu%2Fnd'],
    ['leaves out the level of a label that a camera lacks', 'x/{labels.no}/{labels.empty}/y', 'x/y'],
    ['takes no label from Object.prototype', 'x/{labels.constructor}', 'x'],
    ['fills several names in one level', '{serial}-{kind}.json', 'ACCC8E012345-property.json'],
    ['fills fixed names in one level', '{bridge}-{device}', 'main-front door'],
    ['keeps literal text', 'fixed/topic', 'fixed/topic'],
    [
      'writes each source as a level of its own, encoded',
      '{source}',
      'a=1%2F2/b=%23/__proto__=x',
      {
        sources: [
          ['a', '1/2'],
          ['b', '#'],
          ['__proto__', 'x'],
        ],
      },
    ],
    ['encodes what a device invents as topic', 'e/{topic}', 'e/A%2B/B%23', { topic: 'tns1:A+/x:B#' }],
  ];
  for (const [what, template, topic, change] of rows) {
    test(what, () => assert.equal(fill(template, change), topic));
  }

  test('encodes the device ID, and not the base', () => {
    assert.equal(fill('{base}/{device}', {}, 'a/+'), 'site/axis/a%2F%2B');
  });

  test('does not look for names in what a device says', () => {
    assert.equal(fill('{source}', { sources: [['name', '{base}']] }), 'name={base}');
  });
});
