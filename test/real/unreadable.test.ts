// What a device says and nobody can read: the bridge tells its subscribers, and loses nothing else.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { available, makeSetting } from '../support/bridge-setting.ts';
import { eventsOf } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import { need } from '../support/need.ts';
import { createJudge } from '../support/payloads.ts';

const TOPIC = 'tns1:Device/Trigger/Relay';
const GAP = 'axis2mqtt/entrance/gap';

function notification(token: string, damage = ''): string {
  return `<tt:Event><wsnt:NotificationMessage><wsnt:Topic>${TOPIC}</wsnt:Topic><wsnt:Message><tt:Message UtcTime="2026-11-22T08:00:00Z" PropertyOperation="Changed"><tt:Source><tt:SimpleItem Name="RelayToken" Value="${token}"/></tt:Source><tt:Data><tt:SimpleItem Name="LogicalState" Value="active"/>${damage}</tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage></tt:Event>`;
}

function stream(...events: string[]): string {
  return `<tt:MetadataStream xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" xmlns:tns1="http://www.onvif.org/ver10/topics">${events.join('')}</tt:MetadataStream>`;
}

describe('a document with damage in it', { ...need('mosquitto'), timeout: 240_000 }, () => {
  test('gives the events around it and a gap with the topic of the one that is lost', async t => {
    const { device, program, subscriber } = await makeSetting(t);
    program.start();
    await available(subscriber, 'online');
    const began = Date.now();
    device.emitRaw(stream(notification('first'), notification('lost', '</x>'), notification('R&D')));
    const tokens = () =>
      eventsOf(subscriber.received, 'entrance')
        .filter(({ topic, operation }) => topic === TOPIC && operation === 'changed')
        .map(({ source }) => source['RelayToken']);
    await eventually('both events', () => tokens().includes('R&D'));
    assert.deepEqual(tokens(), ['first', 'R&D']);
    const [payload = '', ...others] = await eventually('a gap', () => {
      const gaps = subscriber.payloads(GAP);
      return gaps.length > 0 && gaps;
    });
    assert.deepEqual(others, []);
    const { from, to, ...gap } = JSON.parse(payload);
    assert.deepEqual(gap, { cause: 'unreadable', events: 1, topics: [TOPIC] });
    assert.ok(Date.parse(from) <= Date.parse(to) && Date.parse(to) >= began, payload);
    assert.equal(createJudge({ strict: true }).complaint('gap', JSON.parse(payload)), undefined);
  });
});
