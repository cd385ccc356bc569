import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAvailable } from '../../../src/bridge/available.ts';
import { readinessOf } from '../../../src/bridge/health.ts';
import { bridgeStateOf, Troubles, troubleOf } from '../../../src/bridge/troubles.ts';
import type { Availability } from '../../../src/camera/outlet.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { config } from '../config/helper.ts';

const HOUR = 3_600_000;
const FULL = { code: 'STORE', detail: 'the disk is full', over: 'it is written again' } as const;
const DENIED = { code: 'BROKER_DENIED', detail: 'x', over: 'it goes on', broker: 'main' } as const;

function start() {
  const clock = createFakeClock();
  const lines: { level: string; msg: string; code?: string; lastsS?: number; broker?: string }[] = [];
  const at = (level: string) => (fields: object, msg: string) => void lines.push({ level, msg, ...fields });
  const log = { error: at('error'), warn: at('warn'), info: at('info') };
  const troubles = new Troubles({ clock, log });
  return { clock, lines, troubles };
}

describe('what lets nothing through', () => {
  test('is logged at once, each hour while it lasts, and once it is over', async () => {
    const { clock, lines, troubles } = start();
    troubles.begin('store', FULL);
    troubles.begin('store', FULL);
    await clock.advance(2 * HOUR + 1);
    troubles.end('store');
    troubles.end('store');
    await clock.advance(2 * HOUR);
    assert.deepEqual(
      lines.map(({ level, code, lastsS, msg }) => [level, code, lastsS, msg]),
      [
        ['error', 'STORE', 0, FULL.detail],
        ['error', 'STORE', 3_600, FULL.detail],
        ['error', 'STORE', 7_200, FULL.detail],
        ['info', 'STORE', 7_200, FULL.over],
      ],
    );
    assert.equal(clock.waiting(), 0);
  });

  test('that is about what is there no more is not said to be over', async () => {
    const { clock, lines, troubles } = start();
    let changes = 0;
    troubles.onChange(() => {
      changes += 1;
    });
    troubles.begin('main', DENIED);
    troubles.forget('main');
    troubles.forget('main');
    await clock.advance(2 * HOUR);
    assert.deepEqual([lines.length, changes, troubles.current(), clock.waiting()], [1, 2, [], 0]);
  });

  test('that comes and goes lasts until it has stayed away', async () => {
    const { clock, lines, troubles } = start();
    for (let n = 0; n < 10; n++) {
      troubles.begin('store', FULL);
      troubles.end('store', 5_000);
      troubles.end('store', 5_000);
      await clock.advance(4_000);
    }
    assert.equal(lines.length, 1);
    assert.equal(troubles.current().length, 1);
    await clock.advance(1_000);
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      [FULL.detail, FULL.over],
    );
    troubles.begin('store', FULL);
    troubles.end('store', 5_000);
    troubles.stop();
    assert.equal(clock.waiting(), 0);
  });

  test('is the bridge’s state, without paths and addresses', () => {
    const { troubles } = start();
    assert.equal(bridgeStateOf(troubles.current()), '{"state":"online"}');
    troubles.begin('broker main', DENIED);
    troubles.begin('store', FULL);
    assert.deepEqual(JSON.parse(bridgeStateOf(troubles.current())), {
      state: 'degraded',
      reason: 'BROKER_DENIED',
      message: 'broker main: the broker refuses what it is sent',
    });
    troubles.stop();
  });

  test('concerns the devices whose events it holds up', async () => {
    const { clock, troubles } = start();
    const text = `
brokers: {main: {url: mqtt://a}, site: {url: mqtt://b}}
routes: [{broker: main, match: {camera: "door-*"}}, {broker: site}]
cameras: []
`;
    const running = await config(text);
    const reasonOf = (id: string) => troubleOf({ id, labels: {} }, troubles.current(), running)?.reason;
    troubles.begin('broker main', { ...DENIED, code: 'UNREACHABLE' });
    assert.deepEqual(['door-1', 'yard'].map(reasonOf), [undefined, undefined]);
    troubles.begin('broker main', DENIED);
    assert.deepEqual(['door-1', 'yard'].map(reasonOf), ['BROKER_DENIED', undefined]);
    troubles.begin('store', FULL);
    troubles.end('broker main');
    assert.deepEqual(['door-1', 'yard'].map(reasonOf), ['STORE', 'STORE']);
    troubles.stop();
    assert.equal(clock.waiting(), 0);
  });

  test('makes a device that is online degraded, since then; one with a reason of its own keeps that', async () => {
    const { clock, troubles } = start();
    const said: Availability[] = [];
    const available = createAvailable(next => void said.push(next), clock);
    const at = () => new Date(clock.now()).toISOString();
    const [began, source] = [at(), 'rtsp'];
    available.own({ state: 'online', since: began, source });
    await clock.advance(1_000);
    troubles.begin('store', FULL);
    available.trouble(troubles.current()[0]);
    const full = at();
    await clock.advance(1_000);
    available.own({ state: 'offline', since: at(), source, reason: 'CLOSED', message: 'x' });
    const lost = at();
    await clock.advance(1_000);
    available.own({ state: 'online', since: at(), source });
    const back = at();
    await clock.advance(1_000);
    available.trouble(undefined);
    assert.deepEqual(
      said.map(({ state, since, reason }) => [state, since, reason]),
      [
        ['online', began, undefined],
        ['degraded', full, 'STORE'],
        ['offline', lost, 'CLOSED'],
        ['degraded', back, 'STORE'],
        ['online', at(), undefined],
      ],
    );
    assert.equal(available.shown(), said.at(-1));
    troubles.stop();
  });

  test('makes the bridge not ready, as does a broker that is not connected', () => {
    const { troubles } = start();
    const none = readinessOf({ brokers: new Map() }, troubles.current());
    assert.deepEqual(none, { ready: true, reasons: [] });
    troubles.begin('store', FULL);
    const { ready, reasons } = readinessOf({ brokers: new Map() }, troubles.current());
    assert.equal(ready, false);
    assert.deepEqual(
      reasons.map(({ reason }) => reason),
      ['STORE'],
    );
    troubles.stop();
  });
});
