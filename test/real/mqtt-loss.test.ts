// What a broker has lost of what it retained, seen by a run that comes later.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connectAsync } from 'mqtt';
import { eventually } from '../support/eventually.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { BRIDGE, createNotes, isUp, startPublisher } from '../support/publisher.ts';

type Notes = ReturnType<typeof createNotes>;

/** Runs a publisher until it has shown a state; gives how often it found that the broker had lost something. */
async function run(
  t: Parameters<typeof startMosquitto>[0],
  broker: Mosquitto,
  notes: Notes,
): Promise<number> {
  let lost = 0;
  const onLost = () => {
    lost += 1;
  };
  const { present, until, stop } = startPublisher(t, broker.url, { notes, onLost });
  await until(isUp);
  const before = notes.get('checkpoint');
  present.set('axis2mqtt/entrance/availability', `{"state":"online","run":${Math.random()}}`);
  await eventually('a number', () => notes.get('checkpoint') !== before);
  await stop();
  return lost;
}

describe('a broker', need('mosquitto'), () => {
  test('that lost nothing', async t => {
    const broker = await startMosquitto(t);
    const notes = createNotes();
    assert.deepEqual([await run(t, broker, notes), await run(t, broker, notes)], [0, 0]);
  });

  test('that has forgotten all, but bears the will of a connection that broke at once', async t => {
    const broker = await startMosquitto(t);
    const notes = createNotes();
    await run(t, broker, notes);
    await broker.kill();
    await broker.start();
    const other = await connectAsync(broker.url);
    await other.publishAsync(BRIDGE.topic, BRIDGE.offline, { qos: 1, retain: true });
    await other.endAsync();
    assert.equal(await run(t, broker, notes), 1);
  });

  test('that was restored from an older copy', async t => {
    const broker = await startMosquitto(t, { persistent: true });
    const notes = createNotes();
    await run(t, broker, notes);
    const restore = await broker.backup();
    await run(t, broker, notes);
    await broker.kill();
    restore();
    await broker.start();
    assert.equal(await run(t, broker, notes), 1);
  });
});
