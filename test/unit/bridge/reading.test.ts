// The way of a reading into the queues: retained, to every broker, and away with its device.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createBoard } from '../../../src/bridge/board.ts';
import { createOutlet, forgetDevice } from '../../../src/bridge/outlet.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { tempDir } from '../../support/temp.ts';
import { LIMITS, openOutbox, takeAll } from '../outbox/helpers.ts';

const NOTE = { key: 'reading/yard/io', value: '[]' };
const TOPIC = 'axis2mqtt/yard/reading/io';

async function setup(t: TestContext) {
  const outbox = await openOutbox(await tempDir(t));
  const names = ['main', 'cloud'];
  const queues = names.map(name => outbox.queue(name, LIMITS));
  const house = { base: 'axis2mqtt', outbox, brokers: () => names, board: createBoard(), clock: systemClock };
  const outlet = createOutlet({ ...house, device: 'yard', route: () => [] });
  const take = () => Promise.all(queues.map(queue => takeAll(queue)));
  /** What was queued for both, which must be the same. */
  const queued = async () => {
    const [main = [], cloud = []] = await take();
    const entries = main.map(({ entry }) => entry);
    assert.deepEqual(
      cloud.map(({ entry }) => entry),
      entries,
    );
    return entries.map(({ topic, payload, retain, qos }) => [topic, payload, retain, qos]);
  };
  return { outbox, house, outlet, queued };
}

test('a reading goes to every broker, retained, and its note is kept', async t => {
  const { outbox, outlet, queued } = await setup(t);
  await outlet.reading({ api: 'io', item: undefined }, '{"a":1}', [NOTE]);
  await outlet.reading({ api: 'storage', item: 'SD/DISK+1' }, '{}', []);
  assert.deepEqual(await queued(), [
    [TOPIC, '{"a":1}', true, 1],
    ['axis2mqtt/yard/reading/storage/SD%2FDISK%2B1', '{}', true, 1],
  ]);
  assert.equal(outbox.note(NOTE.key), '[]');
  await outbox.close();
});

test('what a device has retained of readings goes with it, but for what was taken away before', async t => {
  const { outbox, house, outlet, queued } = await setup(t);
  await outlet.reading({ api: 'io', item: undefined }, '{}', [NOTE]);
  await outlet.reading({ api: 'io', item: '1' }, '{}', []);
  await outlet.reading({ api: 'io', item: '1' }, '', []);
  await queued();
  await forgetDevice('yard', house);
  const cleared = (await queued()).filter(([topic]) => String(topic).includes('/reading/'));
  assert.deepEqual(cleared, [[TOPIC, '', true, 1]]);
  assert.equal(outbox.note(NOTE.key), undefined);
  await outbox.close();
});
