import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFleet } from '../../../src/camera/fleet.ts';
import { isBridgeError } from '../../../src/util/errors.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const answer = (topic: string) =>
  '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><aev:GetEventInstancesResponse' +
  ' xmlns:aev="http://www.axis.com/vapix/ws/event1" xmlns:wstop="http://docs.oasis-open.org/wsn/t-1"' +
  ` xmlns:tns1="http://www.onvif.org/ver10/topics"><wstop:TopicSet><tns1:${topic} wstop:topic="true">` +
  `<aev:MessageInstance aev:isProperty="true"/></tns1:${topic}>` +
  '</wstop:TopicSet></aev:GetEventInstancesResponse></s:Body></s:Envelope>';

const createTestFleet = () => createFleet(createFakeClock());

test('devices that declare the same share what was read of it, also those that answer at the same time', async () => {
  const { decode } = createTestFleet();
  const [first, second] = await Promise.all([decode(answer('Device')), decode(answer('Device'))]);
  assert.equal(first?.get('tns1:Device')?.property, true);
  assert.equal(second, first);
  assert.equal(await decode(answer('Device')), first);
  assert.notEqual(await decode(answer('Media')), first);
});

test('the answers that are asked for stay, the others are forgotten', async () => {
  const { decode } = createTestFleet();
  const used = await decode(answer('Used'));
  const unused = await decode(answer('Unused'));
  for (let at = 0; at < 40; at++) {
    await decode(answer(`T${at}`));
    assert.equal(await decode(answer('Used')), used);
  }
  assert.notEqual(await decode(answer('Unused')), unused);
});

test('an answer that cannot be read is refused each time', async () => {
  const { decode } = createTestFleet();
  for (const _ of [1, 2]) await assert.rejects(decode('<nothing/>'), isBridgeError);
});

test('cameras that want the same share a filter, others do not', () => {
  const { filter } = createTestFleet();
  assert.equal(filter(['**'], ['a']), filter(['**'], ['a']));
  assert.notEqual(filter(['**'], ['a']), filter(['**', 'a'], []));
});

test('an interned text is the same text, also past the bound of what is kept', () => {
  const { intern } = createTestFleet();
  for (let at = 0; at < 20_010; at++) assert.equal(intern(`text ${at}`), `text ${at}`);
});

test('32 devices are asked at a time; one that is slow does not keep the others waiting', async t => {
  const clock = createFakeClock();
  const { limit } = createFleet(clock);
  let asked = 0;
  const finish: (() => void)[] = [];
  const tasks = Array.from({ length: 40 }, () =>
    limit(() => {
      asked += 1;
      return new Promise<void>(resolve => finish.push(resolve));
    }, t.signal),
  );
  await clock.advance(0);
  await clock.advance(999);
  assert.equal(asked, 32);
  await clock.advance(1);
  assert.equal(asked, 40);
  for (const end of finish) end();
  await Promise.all(tasks);
  assert.equal(clock.waiting(), 0);
});
