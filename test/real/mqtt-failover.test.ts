// Several servers of one broker: the next one when the first fails, and back to the first when it is well again.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { secret } from '../../src/util/secret.ts';
import { eventually } from '../support/eventually.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { entries, entry } from '../support/memory-queue.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { BRIDGE, isUp, startPublisher } from '../support/publisher.ts';
import { type Subscriber, subscribe } from '../support/subscriber.ts';
import { startProxy } from '../support/tcp-proxy.ts';

const UNBOUNDED = ['max_queued_messages 0'];
const COUNT = 20_000;

function seqs(subscriber: Subscriber): number[] {
  return subscriber.payloads(entry().topic).map(payload => JSON.parse(payload).seq);
}

describe('failover between two mosquittos', need('mosquitto'), () => {
  test('under load, away and back: nothing is lost, the order holds, the way back brings nothing twice', async t => {
    const [first, second] = [
      await startMosquitto(t, { config: UNBOUNDED }),
      await startMosquitto(t, { config: UNBOUNDED }),
    ];
    const proxy = await startProxy(t, first.port);
    const [atFirst, atSecond] = [await subscribe(t, first.url), await subscribe(t, second.url)];
    const url = `mqtt://127.0.0.1:${proxy.port}`;
    let lost = 0;
    const { queue, states, stop } = startPublisher(t, '', {
      broker: { servers: [url, second.url], lookMs: 100 },
      random: () => 0,
      onLost: () => (lost += 1),
    });
    const all = entries(COUNT);
    const feed = (async () => {
      for (let at = 0; at < COUNT; at += 100) {
        queue.append(...all.slice(at, at + 100));
        await delay(10);
      }
    })();
    await atFirst.until(received => received.length > 3_000);
    proxy.refuse(true);
    proxy.reset();
    await atSecond.until(received => received.length > 3_000);
    // The will comes after all that the first one took.
    await atFirst.until(() => atFirst.payloads(BRIDGE.topic).at(-1) === BRIDGE.offline);
    const away = seqs(atFirst).length;
    proxy.refuse(false);
    await feed;
    await queue.empty();
    const total = () => new Set([...seqs(atFirst), ...seqs(atSecond)]).size;
    await eventually('all of it', () => total() === COUNT);

    assert.deepEqual(
      queue.settled.map(({ entry }) => entry.seq),
      all.map(({ seq }) => seq),
    );
    const [before, between, after] = [
      seqs(atFirst).slice(0, away),
      seqs(atSecond),
      seqs(atFirst).slice(away),
    ];
    for (const part of [before, between, after])
      assert.deepEqual(
        part,
        part.toSorted((a, b) => a - b),
      );
    assert.equal(after[0], (between.at(-1) ?? 0) + 1);
    const servers = states.filter(isUp).map(state => state.state === 'up' && state.server);
    assert.deepEqual(servers, [url, second.url, url]);
    assert.equal(states.filter(({ state }) => state === 'down').length, 1);
    assert.equal(lost, 2);
    await atSecond.until(() => atSecond.payloads(BRIDGE.topic).at(-1) === BRIDGE.offline);
    await stop();
  });

  test('the first server is looked at every 30 s, and stopping leaves no timer', async t => {
    const [first, second] = [await startMosquitto(t), await startMosquitto(t)];
    const proxy = await startProxy(t, first.port);
    proxy.refuse(true);
    const clock = createFakeClock();
    const servers = [`mqtt://127.0.0.1:${proxy.port}`, second.url];
    const { until, stop, kill } = startPublisher(t, '', { broker: { servers }, clock });
    await until(isUp);
    const tries = proxy.connections();
    await clock.advance(29_000);
    assert.equal(proxy.connections(), tries);
    await clock.advance(2_000);
    await eventually('a look', () => proxy.connections() > tries);
    void stop();
    await clock.advance(5_000);
    await kill();
    assert.equal(clock.waiting(), 0);
  });

  test('a first server that refuses the probe for good: said once, the second goes on', async t => {
    const first = await startMosquitto(t, { users: { somebody: 'else' } });
    const second = await startMosquitto(t);
    const { queue, until, states, lines } = startPublisher(t, '', {
      broker: { servers: [first.url, second.url], lookMs: 20, username: 'bridge', password: secret('p') },
    });
    await until(isUp);
    const told = () => lines.filter(({ msg }) => String(msg).includes('way back'));
    await eventually('it is said', () => told().length > 0);
    queue.append(entry());
    await queue.empty();
    assert.equal(told().length, 1);
    assert.equal(first.log().split('not authorised').length - 1, 1, 'a refused login rests');
    assert.deepEqual(
      states.map(({ state }) => state),
      ['up'],
    );
  });
});
