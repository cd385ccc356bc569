import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Notification } from '../../../src/event.ts';
import { normalize } from '../../../src/normalize/normalize.ts';
import { declared, items, SERIAL, said, saidPulse } from '../../support/notification.ts';

const APPS = 'tnsaxis:CameraApplicationPlatform';

function event(notification: Notification) {
  return normalize(notification, {
    device: 'entrance',
    serial: SERIAL,
    labels: {},
    received: 0,
    declaration: declared(),
    id: '',
    operation: 'initialized',
    resync: false,
  });
}

const port = (value: string) => said({ source: items({ port: value }) });
const of = (topic: string) => saidPulse({ topic, source: [] });

describe('what says once more what one of several says is marked as an aggregate', () => {
  const rows: [what: string, Notification, aggregate: true | undefined][] = [
    ['any profile of VMD', of(`${APPS}/VMD/Camera1ProfileANY`), true],
    ['any scenario of object analytics', of(`${APPS}/ObjectAnalytics/Device1ScenarioANY`), true],
    ['any profile of a guard', of(`${APPS}/MotionGuard/ProfileANY`), true],
    ['one profile', of(`${APPS}/VMD/Camera1Profile1`), undefined],
    ['a level above that ends so', of(`${APPS}/ProfileANY/Threshold`), undefined],
    ['a word that only looks so', of(`${APPS}/VMD/Company`), undefined],
    ['any port', port('-1'), true],
    ['one port', port('1'), undefined],
    ['-1 of something else', said({ source: items({ channel: '-1' }) }), undefined],
    ['-1 as a state', said({ data: items({ port: '-1' }) }), undefined],
  ];
  for (const [what, notification, aggregate] of rows) {
    test(what, () => assert.equal(event(notification).aggregate, aggregate));
  }
});

test('the mark stands in the payload, and only where it is true', () => {
  assert.match(JSON.stringify(event(port('-1'))), /"active":true,"aggregate":true,"time"/);
  assert.doesNotMatch(JSON.stringify(event(port('1'))), /aggregate/);
});
