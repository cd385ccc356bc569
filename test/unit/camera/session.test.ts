import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSession, type SessionOptions } from '../../../src/camera/session.ts';
import { createStates } from '../../../src/camera/states.ts';
import type { Declarations, Notification } from '../../../src/event.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { declared, items, PORT, SERIAL, said, saidPulse } from '../../support/notification.ts';
import { createHouse } from './helper.ts';

const PORTS: Declarations = new Map([[PORT, declared()]]);
const NEW = 'tnsaxis:CameraApplicationPlatform/VMD/Camera1Profile1';

function setup(change: Partial<SessionOptions> = {}) {
  const house = createHouse();
  const clock = createFakeClock();
  const states = createStates({ device: 'entrance', notes: house.notes, intern: text => text });
  const open = (other: Partial<SessionOptions> = {}) =>
    createSession({
      device: 'entrance',
      serial: SERIAL,
      labels: {},
      declarations: PORTS,
      reread: async () => undefined,
      wants: () => true,
      unreadable: what => void house.order.push(`unreadable: ${what.topic}`),
      trim: () => undefined,
      states,
      outlet: house.outlet,
      clock,
      ...change,
      ...other,
    });
  const connect = (other?: Partial<SessionOptions>) => open(other).take;
  const events = () => house.deliveries.map(({ event }) => event);
  return { ...house, house, clock, open, connect, events };
}

const data = (value: string, topic = PORT) => said({ topic, data: items({ state: value }) });

/** A second reading of the declarations that a test answers. */
function heldReread() {
  let answer: (declarations: Declarations | undefined) => void = () => assert.fail('nobody asked');
  let asked = 0;
  const reread = () => {
    asked += 1;
    return new Promise<Declarations | undefined>(resolve => {
      answer = resolve;
    });
  };
  return { reread, asked: () => asked, answer: (got: Declarations | undefined) => answer(got) };
}

test('an event is typed, named and delivered with what was said', async () => {
  const { connect, deliveries } = setup();
  const notification = said();
  await connect()(notification);
  const [delivery] = deliveries;
  assert.equal(delivery?.said, notification);
  assert.equal(delivery.fresh, true);
  assert.deepEqual(delivery.event.data, { state: true });
  assert.equal(delivery.event.received, '2026-11-22T08:00:00.000Z');
});

test('a state without its value is told as unreadable; the end of a state and a pulse say none', async () => {
  const pulse = { ...declared(), topic: NEW, property: false };
  const { connect, order } = setup({ declarations: new Map([...PORTS, [NEW, pulse]]) });
  const take = connect();
  await take(data('1'));
  await take(saidPulse({ data: [] }));
  await take(said({ data: [] }));
  await take(said({ topic: 'tns1:Undeclared', data: [], operation: 'initialized' }));
  await take(said({ data: [], operation: 'deleted' }));
  await take(saidPulse({ topic: NEW, data: [] }));
  const untold = [PORT, PORT, 'tns1:Undeclared'].map(topic => `unreadable: ${topic}`);
  assert.deepEqual(order, ['1', ...untold, 'undefined', 'undefined']);
});

test('what the configuration does not want is counted and goes no further', async () => {
  const { connect, order } = setup({ wants: topic => topic !== NEW });
  const take = connect();
  await take(data('1', NEW));
  await take(data('2'));
  assert.deepEqual(order, ['filtered', '2']);
});

describe('a property whose message does not say its operation', () => {
  test('is initialized first, then changed, on each connection', async () => {
    const { connect, events } = setup();
    for (const _ of ['one', 'two']) {
      const take = connect();
      for (const state of ['0', '1']) await take(saidPulse({ data: items({ state }) }));
    }
    const operations = events().map(({ operation }) => operation);
    assert.deepEqual(operations, ['initialized', 'changed', 'initialized', 'changed']);
  });

  test('is a resync where it changed between connections', async () => {
    const { connect, events } = setup();
    await connect()(saidPulse());
    await connect()(saidPulse({ data: items({ state: '0' }) }));
    assert.deepEqual(
      events().map(({ resync }) => resync),
      [undefined, true],
    );
  });
});

test('a pulse is no state: nothing is kept of it', async () => {
  const { connect, deliveries, notes } = setup({ declarations: undefined });
  await connect()(saidPulse());
  assert.equal(deliveries[0]?.event.kind, 'event');
  assert.equal(deliveries[0]?.fresh, false);
  assert.deepEqual([...notes.notes('')], []);
});

test('the same content with the same time once more is another event, the same one for every connection', async () => {
  const { connect, events } = setup();
  for (const _ of ['one', 'two']) {
    const take = connect();
    for (const _ of [1, 2, 3]) await take(saidPulse());
  }
  const ids = events().map(({ id }) => id);
  assert.equal(new Set(ids).size, 3);
  assert.deepEqual(ids.slice(3), ids.slice(0, 3));
});

describe('a topic that the device did not declare', () => {
  test('is read about again, at most once a minute, and typed by what came', async () => {
    let asked = 0;
    const reread = async () => {
      asked += 1;
      return new Map([...PORTS, [NEW, declared({ topic: NEW })]]);
    };
    const { connect, events, clock } = setup({ reread });
    const take = connect();
    await take(data('1', NEW));
    assert.equal(asked, 0);
    await clock.advance(60_000);
    await take(data('1', NEW));
    await take(data('1', 'tns1:Never/Declared'));
    assert.equal(asked, 1);
    await clock.advance(60_000);
    await take(data('1', 'tns1:Never/Declared'));
    assert.equal(asked, 2);
    const untyped = events().map(event => event.untyped ?? false);
    assert.deepEqual(untyped, [true, false, true, true]);
  });

  test('goes on untyped where the device says no more, and what was known stays', async () => {
    const { connect, events, clock } = setup();
    const take = connect();
    await clock.advance(60_000);
    await take(data('1', NEW));
    await take(data('1'));
    assert.deepEqual(
      events().map(event => event.untyped ?? false),
      [true, false],
    );
  });

  test('is not read about of a device that declares nothing', async () => {
    const { connect, deliveries, clock } = setup({ declarations: undefined, reread: assert.fail });
    const take = connect();
    await clock.advance(120_000);
    await take(data('1', NEW));
    assert.equal(deliveries.length, 1);
  });

  test('holds up what comes behind it, and all keep their order', async () => {
    const { reread, asked, answer } = heldReread();
    const { connect, order, clock } = setup({ reread, wants: topic => topic !== 'unwanted' });
    const take = connect();
    await clock.advance(60_000);
    const taken: Promise<void>[] = [];
    const send = (notification: Notification) => taken.push(take(notification));
    send(data('1', NEW));
    send(data('2'));
    send(data('x', 'unwanted'));
    send(data('3', 'tns1:Other'));
    await clock.advance(0);
    assert.deepEqual(order, ['filtered']);
    answer(PORTS);
    // One more at each moment until the line is through.
    for (let moment = 0, soon = Promise.resolve(); moment < 12; moment++) {
      soon = soon.then(() => void send(data(String(4 + moment))));
    }
    await clock.advance(0);
    await Promise.all(taken);
    const expected = Array.from({ length: 15 }, (_, at) => String(at + 1));
    assert.deepEqual(order, ['filtered', ...expected]);
    assert.equal(asked(), 1);
  });
});

describe('states that a broker has lost', () => {
  const holding = () => {
    const it = setup();
    const session = it.open();
    return { ...it, session };
  };

  test('are published once more as they are known, with the next number', async () => {
    const { session, events } = holding();
    await session.take(said({ operation: 'initialized' }));
    await session.retell(said({ operation: 'initialized', time: '2026-11-22T09:00:00Z' }));
    assert.deepEqual(
      events().map(({ operation, data, resync }) => [operation, data['state'], resync]),
      [
        ['initialized', true, undefined],
        ['initialized', true, undefined],
      ],
    );
  });

  test('are left to the stream itself where they differ from what is known, or are no states', async () => {
    const { session, events } = holding();
    await session.take(said({ operation: 'initialized' }));
    await session.retell(said({ operation: 'initialized', data: items({ state: '0' }) }));
    await session.retell(said({ operation: 'changed' }));
    await session.retell(said({ operation: 'initialized', source: items({ port: '9' }) }));
    await session.retell(saidPulse({ topic: NEW }));
    assert.equal(events().length, 1);
  });
});
