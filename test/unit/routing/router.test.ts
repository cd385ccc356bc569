import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Notification } from '../../../src/event.ts';
import type { RoutedCamera } from '../../../src/routing/match.ts';
import type { Publication } from '../../../src/routing/publication.ts';
import type { Route } from '../../../src/routing/route.ts';
import { createRouter } from '../../../src/routing/router.ts';
import { declared, items, PORT, SERIAL, said, saidPulse } from '../../support/notification.ts';
import { occurrence } from './helper.ts';

const ALL = { camera: '*', topic: '**', labels: {} };

function route(change: Partial<Route> = {}): Route {
  return { match: ALL, brokers: ['main'], format: 'axis2mqtt', qos: 1, retain: 'property', ...change };
}

function send(routes: Route[], notification = said(), camera: Partial<RoutedCamera> = {}): Publication[] {
  const router = createRouter({ base: 'axis2mqtt', bridge: 'main', routes });
  return router({ id: 'entrance', labels: {}, ...camera })(occurrence(notification));
}

test('a publication has its topic, its settings and a payload for a number', () => {
  const [publication, ...others] = send([route({ qos: 2, retain: 'none' })]);
  assert.deepEqual(others, []);
  assert.ok(publication);
  const { route: name, render, ...rest } = publication;
  assert.deepEqual(rest, {
    broker: 'main',
    topic: 'axis2mqtt/entrance/event/Device/IO/Port/port=1',
    qos: 2,
    retain: false,
    lifetime: 0,
    clears: false,
  });
  assert.match(name, /^[0-9a-f]{12}$/);
  assert.equal(JSON.parse(render(3)).seq, 3);
});

describe('a route takes', () => {
  const site = { site: 'lund', area: 'door' };
  const rows: [
    what: string,
    match: Partial<Route['match']>,
    camera: Partial<RoutedCamera>,
    takes: boolean,
  ][] = [
    ['every camera by *', {}, {}, true],
    ['a camera by its ID', { camera: 'entrance' }, {}, true],
    ['no camera with another ID', { camera: 'entranc' }, {}, false],
    ['cameras by the start of their ID', { camera: 'ent*' }, {}, true],
    ['cameras by a part of their ID', { camera: '*tra*e' }, {}, true],
    ['an ID case-sensitive', { camera: 'Entrance' }, {}, false],
    ['an ID with a slash by *', { camera: 'a*c' }, { id: 'a/b/c' }, true],
    ['cameras with the label', { labels: { site: 'lund' } }, { labels: site }, true],
    ['only those with all its labels', { labels: { site: 'lund', area: 'yard' } }, { labels: site }, false],
    ['no camera without the label', { labels: { site: 'lund' } }, {}, false],
    ['no label of Object.prototype', { labels: { constructor: 'x' } }, {}, false],
    ['a topic by its pattern', { topic: 'tns1:Device/**' }, {}, true],
    ['no other topic', { topic: 'tns1:Device/*' }, {}, false],
    ['properties by kind', { kind: 'property' }, {}, true],
    ['no property as an event', { kind: 'event' }, {}, false],
  ];
  for (const [what, match, camera, takes] of rows) {
    test(what, () =>
      assert.equal(send([route({ match: { ...ALL, ...match } })], said(), camera).length, takes ? 1 : 0),
    );
  }
});

test('every route that matches applies, to each of its brokers', () => {
  const sent = send([
    route({ brokers: ['main', 'cloud'] }),
    route({ brokers: ['cloud'], topic: '{serial}/{kind}' }),
  ]);
  assert.deepEqual(
    sent.map(({ broker, topic }) => `${broker} ${topic.slice(0, 9)}`),
    ['main axis2mqtt', 'cloud axis2mqtt', 'cloud ACCC8E012'],
  );
});

test('what would go to one broker on one topic twice goes once, by the first route', () => {
  const sent = send([route({ qos: 0 }), route({ qos: 2 }), route({ brokers: ['cloud', 'cloud'] })]);
  assert.deepEqual(
    sent.map(({ broker, qos }) => [broker, qos]),
    [
      ['main', 0],
      ['cloud', 1],
    ],
  );
});

describe('retained is', () => {
  const deleted = said({ operation: 'deleted', data: [] });
  const rows: [what: string, Route['retain'], Notification, retain: boolean, clears: boolean][] = [
    ['a property by property', 'property', said(), true, false],
    ['no pulse by property', 'property', saidPulse(), false, false],
    ['a pulse by all', 'all', saidPulse(), true, false],
    ['nothing by none', 'none', said(), false, false],
    ['no deletion, which clears instead', 'property', deleted, false, true],
    ['no deletion by all either', 'all', deleted, false, true],
    ['nothing to clear by none', 'none', deleted, false, false],
  ];
  for (const [what, retain, notification, retained, clears] of rows) {
    test(what, () => {
      const [publication] = send([route({ retain })], notification);
      assert.deepEqual([publication?.retain, publication?.clears], [retained, clears]);
    });
  }
});

test('a message expires by its route; a retained state never', () => {
  const [pulse] = send([route({ expiry: 1000 })], saidPulse());
  const [state] = send([route({ expiry: 1000 })]);
  assert.equal(pulse?.lifetime, 1000);
  assert.equal(state?.lifetime, 0);
});

test('sources, then keys, make the topic in order of name, with the text that was said', () => {
  const both = said({ source: items({ b: '02', a: 'x/y' }), key: items({ z: '1', A: '2' }) });
  const [publication] = send([route({ topic: '{source}' })], both);
  assert.equal(publication?.topic, 'a=x%2Fy/b=02/A=2/z=1');
});

test('a declaration changes no topic', () => {
  const source = items({ port: '007' });
  const router = createRouter({ base: 'b', bridge: 'main', routes: [route()] });
  const take = router({ id: 'entrance', labels: {} });
  const [plain] = take(occurrence(said({ source })));
  const [typed] = take(occurrence(said({ source }), declared()));
  assert.equal(typed?.topic, plain?.topic);
});

test('a route keeps its name while it says the same, whatever stands around it', () => {
  const nameOf = (routes: Route[], index = 0) => send(routes)[index]?.route;
  const name = nameOf([route()]);
  const other = route({ topic: 'other' });
  assert.equal(nameOf([other, route()], 1), name);
  assert.equal(nameOf([route({ qos: 2, retain: 'none', expiry: 5, brokers: ['cloud'] })]), name);
  assert.notEqual(nameOf([other]), name);
});

test('cameras and topics that were never seen are routed each by its own', () => {
  const router = createRouter({
    base: 'b',
    bridge: 'main',
    routes: [
      route({ topic: '{device}/{topic}' }),
      route({ match: { ...ALL, camera: 'yard' }, topic: 'yard' }),
    ],
  });
  const topics = ['entrance', 'yard', 'entrance'].map(id =>
    router({ id, labels: {} })(occurrence(said({ topic: `tns1:${id}` }))).map(({ topic }) => topic),
  );
  assert.deepEqual(topics, [['entrance/entrance'], ['yard/yard', 'yard'], ['entrance/entrance']]);
});

describe('a property that is gone is said', () => {
  const gone = said({ operation: 'deleted', data: [] });
  const rows: [
    how: string,
    format: Route['format'],
    retain: Route['retain'],
    payload: unknown,
    Partial<Publication>,
  ][] = [
    [
      'by a message, which clears, in axis2mqtt',
      'axis2mqtt',
      'property',
      /deleted/,
      { retain: false, clears: true },
    ],
    [
      'by an empty message that is retained, in onvif',
      'onvif',
      'property',
      /^$/,
      { retain: true, clears: true },
    ],
    [
      'by an empty message in onvif, where nothing is retained',
      'onvif',
      'none',
      /^$/,
      { retain: false, clears: false },
    ],
    ['by clearing alone in axis', 'axis', 'property', /^$/, { retain: true, clears: true }],
  ];
  for (const [how, format, retain, payload, flags] of rows) {
    test(how, () => {
      const [publication, ...others] = send([route({ format, retain })], gone);
      assert.deepEqual(others, []);
      assert.match(publication?.render(1) ?? 'nothing', payload as RegExp);
      assert.deepEqual({ retain: publication?.retain, clears: publication?.clears }, flags);
    });
  }

  test('not at all in axis, where nothing is retained', () => {
    assert.deepEqual(send([route({ format: 'axis', retain: 'none' })], gone), []);
  });
});

describe('routes of several formats', () => {
  test('each publish in their own, on their own default topic', () => {
    const sent = send([
      route({ format: 'axis' }),
      route(),
      route({ format: 'onvif' }),
      route({ topic: 'x' }),
    ]);
    assert.deepEqual(
      sent.map(({ topic }) => topic),
      [
        `axis/${SERIAL}/event/tns:onvif/Device/tns:axis/IO/Port/$source/port/1`,
        'axis2mqtt/entrance/event/Device/IO/Port/port=1',
        'axis2mqtt/entrance/onvif-ej/Device/tnsaxis:IO/Port/&1',
        'x',
      ],
    );
    const heads = sent.map(({ render }) => render(1).slice(0, 8));
    assert.deepEqual(heads, ['{"topic"', '{"id":"0', '{"UtcTim', '{"id":"0']);
  });

  test('render an event once for all that say the same', () => {
    const [one, other, third] = send([
      route({ topic: 'a' }),
      route({ topic: 'b', qos: 0 }),
      route({ topic: 'c', format: 'onvif' }),
    ]);
    assert.equal(one?.render, other?.render);
    assert.notEqual(one?.render, third?.render);
  });

  test('take the settings of axis each as its own', () => {
    const axis = { namespaces: false, serialInPayload: true };
    const [bare, whole] = send([route({ format: 'axis', axis }), route({ format: 'axis' })]);
    assert.equal(bare?.topic, `axis/${SERIAL}/event/Device/IO/Port/$source/port/1`);
    assert.equal(JSON.parse(bare?.render(1) ?? '').serial, SERIAL);
    assert.equal(JSON.parse(whole?.render(1) ?? '').serial, undefined);
    assert.notEqual(bare?.route, whole?.route);
  });
});

describe('a route takes by data values', () => {
  const take = (data: Record<string, string | number | boolean | null>) => {
    const router = createRouter({ base: 'b', bridge: 'main', routes: [route({ match: { ...ALL, data } })] });
    return router({ id: 'entrance', labels: {} })(occurrence(said(), declared())).length === 1;
  };
  const rows: [what: string, data: Record<string, string | number | boolean>, takes: boolean][] = [
    ['what has the value as it is typed', { state: true }, true],
    ['not what the device said before typing', { state: '1' }, false],
    ['no other value', { state: false }, false],
    ['no event without the item', { active: true }, false],
    ['only what has them all', { state: true, active: true }, false],
  ];
  for (const [what, data, takes] of rows) test(what, () => assert.equal(take(data), takes));
});

test('what one route may not tell, another tells; no id changes', () => {
  const fields = [{ topic: PORT, name: 'port', over: 0, do: 'drop' as const }];
  const [less, whole] = send([route({ fields, topic: '{base}/less/{source}' }), route()]);
  assert.equal(less?.topic, 'axis2mqtt/less');
  assert.equal(whole?.topic, 'axis2mqtt/entrance/event/Device/IO/Port/port=1');
  const [one, other] = [JSON.parse(less?.render(1) ?? ''), JSON.parse(whole?.render(1) ?? '')];
  assert.deepEqual([one.source, one.dropped, one.id], [{}, ['port'], other.id]);
  assert.deepEqual([other.source, other.dropped], [{ port: '1' }, undefined]);
});

test('a route with other field rules is another one, and without any keeps its name', () => {
  const nameOf = (change: Partial<Route>) => send([route(change)])[0]?.route;
  const fields = [{ topic: '**', name: 'x', over: 0, do: 'drop' as const }];
  assert.equal(nameOf({ fields: [], axis: { namespaces: true, serialInPayload: false } }), nameOf({}));
  assert.notEqual(nameOf({ fields }), nameOf({}));
});

test('what a route demands goes with each message, its time counted from the reception', () => {
  const [critical] = send([route({ requireSubscriber: true, deliverWithin: 30_000, onUndelivered: 'site' })]);
  assert.deepEqual(critical?.demand, {
    subscriber: true,
    within: 30_000,
    instead: 'site',
  });
  const [timed] = send([route({ deliverWithin: 30_000 })]);
  assert.deepEqual(timed?.demand, { subscriber: false, within: 30_000, instead: '' });
  assert.equal(send([route()])[0]?.demand, undefined);
});
