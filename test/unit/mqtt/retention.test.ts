import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Retention } from '../../../src/mqtt/retention.ts';
import type { Connection, PublishResult } from '../../../src/mqtt/types.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const connection = { server: 'mqtt://b:1883', limits: { retainAvailable: true } } as unknown as Connection;

/** Connections one after another; gives how each was announced: R for retained, p for plain, each with `!` where lost. */
async function connect(
  retention: Retention,
  losesAt: (retain: boolean) => boolean,
  times: number,
): Promise<string> {
  const said: string[] = [];
  for (let n = 0; n < times; n++) {
    const send = async (retain: boolean): Promise<PublishResult> => {
      const isLost = losesAt(retain);
      said.push(`${retain ? 'R' : 'p'}${isLost ? '!' : ''}`);
      return { outcome: isLost ? 'lost' : 'ok' };
    };
    await retention.announce(retention.limit(connection), send);
  }
  return said.join(' ');
}

describe('a broker', () => {
  test('that takes retained messages is asked for nothing else', async () => {
    assert.equal(await connect(new Retention(createFakeClock()), () => false, 3), 'R R R');
  });

  test('that ends the connection at each is spared them for an hour, then asked again', async () => {
    const clock = createFakeClock();
    const retention = new Retention(clock);
    assert.equal(await connect(retention, retain => retain, 6), 'R! R! R! p R! p p');
    assert.equal(retention.limit(connection).limits.retainAvailable, false);
    await clock.advance(60 * 60_000);
    assert.equal(retention.limit(connection), connection);
    assert.equal(await connect(retention, () => false, 2), 'R R');
  });

  test('that took nothing at all for a while still retains', async () => {
    const retention = new Retention(createFakeClock());
    assert.equal(await connect(retention, () => true, 4), 'R! R! R! p!');
    assert.equal(await connect(retention, () => false, 2), 'R R');
    await connect(retention, () => true, 3);
    assert.equal(await connect(retention, () => false, 2), 'p R R');
  });
});
