import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { createDevice } from '../../../src/simulator/device.ts';
import { pullpoint } from '../../../src/sources/pullpoint/pullpoint.ts';
import type { SourceContext } from '../../../src/sources/source.ts';
import { secret } from '../../../src/util/secret.ts';
import { addressOf } from '../../support/http-device.ts';
import { ends, type Listening, listen as listenTo, until } from '../../support/listen.ts';
import {
  created,
  DEVICE_TIME,
  faulted,
  type OnvifDevice,
  type OnvifReply,
  pulled,
  startOnvifDevice,
} from '../../support/scripted-onvif.ts';

/** Listens by a pull point. */
const listen = (
  t: TestContext,
  { address }: Pick<OnvifDevice, 'address'>,
  changes: Partial<SourceContext> = {},
) => listenTo(t, { source: pullpoint, address, ...changes });

const states = ({ emitted }: Listening) => emitted.map(({ data }) => data[0]?.value);

/** After each answer in a row that cannot be read (ms). */
const PAUSES = [500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000];

/** Moves the clock on, second by second, so that what is sent meanwhile can be answered. */
async function pass({ clock }: Listening, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) await clock.advance(1000);
}

/** Moves the clock on until it comes true. */
async function passUntil({ clock }: Listening, what: () => boolean): Promise<void> {
  for (let turn = 0; turn < 400 && !what(); turn++) await clock.advance(50);
  assert.ok(what(), what.toString());
}

describe('the dialogue', () => {
  test('creates, synchronizes and pulls at the configured host, and echoes what tells the subscription', async t => {
    const device = await startOnvifDevice(t, {
      PullMessages: (_request, count) => (count === 1 ? pulled(['1', '0']) : undefined),
    });
    const it = listen(t, device, { include: ['tns1:VideoSource/**'] });
    await until(() => it.emitted.length === 2);
    assert.deepEqual(states(it), ['1', '0']);
    const [find, create, synchronize, pull] = device.seen;
    assert.equal(find?.url, '/onvif/device_service');
    assert.match(create?.body ?? '', />tns1:VideoSource\/\/\.<\//);
    assert.match(create?.body ?? '', /InitialTerminationTime>PT60S</);
    assert.match(create?.contentType ?? '', /^application\/soap\+xml; charset=utf-8/);
    for (const [request, action] of [
      [synchronize, 'SetSynchronizationPoint'],
      [pull, 'PullMessages'],
    ] as const) {
      assert.equal(request?.url, '/onvif/services');
      assert.match(request?.body ?? '', new RegExp(`PullPointSubscription/${action}Request</wsa:Action>`));
      assert.match(request?.body ?? '', /<wsa:To [^>]*>http:\/\/192\.0\.2\.99\/onvif\/services</);
      assert.match(
        request?.body ?? '',
        /<ax:SubscriptionId xmlns:ax="http:\/\/www.axis.com\/2009\/event" [^>]*wsa:IsReferenceParameter="true">297</,
      );
    }
    assert.match(pull?.body ?? '', /Timeout>PT20S<.*MessageLimit>100</);
    assert.deepEqual(it.opened, [{ realm: undefined, date: new Date(DEVICE_TIME).toUTCString() }]);
  });

  test('takes path and query of another address, whatever host it names', async t => {
    const address = 'http://192.0.2.99:81/onvif/Events/Sub_2018-02-27T18:28:52Z_5?id=urn:uuid:90';
    const device = await startOnvifDevice(t, {
      CreatePullPointSubscription: () => created({ address, parameters: '' }),
    });
    listen(t, device);
    await until(() => device.asked('PullMessages').length === 1);
    assert.equal(device.seen.at(-1)?.url, '/onvif/Events/Sub_2018-02-27T18:28:52Z_5?id=urn:uuid:90');
    assert.match(device.seen.at(-1)?.body ?? '', /:81\/onvif\/Events/);
  });

  test('does without a filter that the device refuses', async t => {
    const device = await startOnvifDevice(t, {
      CreatePullPointSubscription: ({ body }) =>
        body.includes('Filter') ? faulted('InvalidFilter', '<n:InvalidFilterFault/>') : created(),
    });
    const { opened } = listen(t, device, { include: ['tns1:Device/**'] });
    await until(() => opened.length === 1);
    assert.equal(device.asked('CreatePullPointSubscription').length, 2);
  });

  test('goes on where the device knows no synchronization point', async t => {
    const device = await startOnvifDevice(t, {
      SetSynchronizationPoint: () => faulted('ActionNotSupported'),
      PullMessages: (_request, count) => (count === 1 ? pulled(['1']) : undefined),
    });
    const it = listen(t, device);
    await until(() => it.emitted.length === 1);
  });

  test('asks for no more than a device says that it can', async t => {
    const limits =
      '<e:PullMessagesFaultResponse><e:MaxTimeout>PT5S</e:MaxTimeout><e:MaxMessageLimit>10</e:MaxMessageLimit></e:PullMessagesFaultResponse>';
    const device = await startOnvifDevice(t, {
      PullMessages: ({ body }) =>
        body.includes('PT5S') && body.includes('>10<') ? undefined : faulted('InvalidArgVal', limits),
    });
    const it = listen(t, device);
    await passUntil(it, () => device.asked('PullMessages').length === 2);
    await pass(it, 16);
    await ends(it.done, 'STALLED');
  });

  test('ends at a stop with a farewell, which may not last', async t => {
    const device = await startOnvifDevice(t, { Unsubscribe: () => undefined });
    const it = listen(t, device);
    await until(() => device.asked('PullMessages').length === 1);
    it.stop();
    await until(() => device.asked('Unsubscribe').length === 1);
    assert.match(device.seen.at(-1)?.body ?? '', /SubscriptionId/);
    await it.clock.advance(150);
    await it.done;
    assert.equal(it.clock.waiting(), 0);
  });

  test('that is stopped while a subscription is made ends that too', async t => {
    const device = createDevice({ http: { delayMs: 30 } });
    t.after(() => device.stop());
    const { httpPort } = await device.start();
    const account = { username: 'root', password: secret('pass') };
    const it = listen(t, { address: addressOf(httpPort, { ...account, onvif: account }) });
    await until(() => device.stats.http['POST'] === 3);
    it.stop();
    await it.done;
    // The challenge, the services, the creation, the end.
    assert.equal(device.stats.http['POST'], 4);
    assert.deepEqual([it.opened.length, device.subscriptions, it.clock.waiting()], [0, 0, 0]);
  });
});

test('a device that says its states at once, and when it is asked to, says each of them once', async t => {
  const account = { username: 'root', password: secret('pass') };
  const counts = [false, true].map(async statesAtOnce => {
    const device = createDevice({ onvif: { statesAtOnce } });
    t.after(() => device.stop());
    const { httpPort } = await device.start();
    const it = listen(t, { address: addressOf(httpPort, { ...account, onvif: account }) });
    await until(() => it.opened.length === 1);
    device.emit('tnsaxis:Brand/New', { data: { text: 'the end' } });
    await until(() => it.emitted.at(-1)?.topic === 'tnsaxis:Brand/New');
    return it.emitted.length;
  });
  const [asked, unasked] = await Promise.all(counts);
  assert.ok(asked !== undefined && asked > 10);
  assert.equal(unasked, asked);
});

describe('pulls', () => {
  test('that give nothing at once are asked four times a second at most', async t => {
    const device = await startOnvifDevice(t, { PullMessages: () => pulled() });
    const it = listen(t, device);
    const started = it.clock.now();
    await passUntil(it, () => device.asked('PullMessages').length === 5);
    assert.ok(it.clock.now() - started >= 1000);
  });

  test('of a device that closes them after some seconds while they are empty are no loss: it is asked for less', async t => {
    let waits = true;
    const device = await startOnvifDevice(t, {
      PullMessages: ({ body }) => (body.includes('PT4S') || !waits ? pulled(['1']) : undefined),
    });
    const it = listen(t, device);
    for (let ends = 1; ends <= 6; ends++) {
      await until(() => device.asked('PullMessages').length === ends);
      await pass(it, 5);
      device.hangUp();
    }
    await until(() => device.asked('PullMessages').length > 7);
    waits = false;
    assert.ok(device.asked('PullMessages').at(6)?.body.includes('PT4S'));
    assert.equal(device.asked('CreatePullPointSubscription').length, 1);
    // At the beginning, and once while it was not known yet.
    assert.equal(device.asked('SetSynchronizationPoint').length, 2);
    it.stop();
    await it.done;
    assert.deepEqual(it.missed, []);
  });

  test('whose answer is lost on its way are a loss: the states are asked for again, and the stream goes on', async t => {
    const device = await startOnvifDevice(t, {
      PullMessages: (_request, count) => (count === 1 || count === 4 ? pulled([String(count)]) : undefined),
    });
    const it = listen(t, device);
    await until(() => device.asked('PullMessages').length === 2);
    const from = it.clock.now();
    await pass(it, 12);
    device.hangUp();
    await until(() => device.asked('PullMessages').length === 3);
    assert.equal(device.asked('SetSynchronizationPoint').length, 2);
    await pass(it, 7);
    device.hangUp();
    await until(() => states(it).includes('4'));
    assert.deepEqual(it.missed, [from + 19_000]);
    assert.equal(device.asked('CreatePullPointSubscription').length, 1);
  });

  test('whose connection breaks at once, five times in a row, end the stream, with no gap but that of its end', async t => {
    const device = await startOnvifDevice(t);
    const it = listen(t, device);
    for (let ends = 1; ends <= 5; ends++) {
      await passUntil(it, () => device.asked('PullMessages').length === ends);
      device.hangUp();
    }
    await ends(it.done, 'CLOSED');
    assert.deepEqual(it.missed, []);
  });

  test('that cannot be read are told, and go on where they are fewer than ten in a row', async t => {
    const bad: OnvifReply = { body: '<a></b>', raw: true };
    const device = await startOnvifDevice(t, {
      PullMessages: (_request, count) =>
        count > 20 ? undefined : count % 10 === 0 ? pulled([String(count)]) : bad,
    });
    const it = listen(t, device);
    for (const [index, pauseMs] of [...PAUSES, ...PAUSES].entries()) {
      await until(() => it.unreadable.length === index + 1);
      await it.clock.advance(pauseMs);
    }
    await until(() => it.emitted.length === 2);
    assert.deepEqual(states(it), ['10', '20']);
    assert.equal(it.unreadable.length, 18);
    assert.equal(it.counts.get('documents'), 20);
  });

  test('of which one message is damaged give the others, and that one is told with its topic', async t => {
    const device = await startOnvifDevice(t, {
      PullMessages: (_request, count) => (count > 1 ? undefined : pulled(['1', '</x>"', '3'])),
    });
    const it = listen(t, device);
    await until(() => it.emitted.length === 2);
    assert.deepEqual(states(it), ['1', '3']);
    assert.deepEqual(
      it.unreadable.map(({ topic, count }) => [topic, count]),
      [['tns1:VideoSource/MotionAlarm', 1]],
    );
  });

  test('of which ten in a row cannot be read, with longer and longer pauses, end the stream with PROTOCOL', async t => {
    const device = await startOnvifDevice(t, {
      PullMessages: () => ({ status: 500, body: 'no', raw: true }),
    });
    const it = listen(t, device);
    for (const [index, pauseMs] of PAUSES.entries()) {
      await until(() => it.unreadable.length === index + 1);
      await it.clock.advance(pauseMs - 1);
      assert.equal(device.asked('PullMessages').length, index + 1);
      await it.clock.advance(1);
    }
    await ends(it.done, 'PROTOCOL', /10 bad answers/);
    assert.equal(device.asked('PullMessages').length, 10);
    assert.equal(device.asked('Unsubscribe').length, 1);
  });

  test('wait until fewer than 64 events are open, while the subscription is renewed', async t => {
    const open: (() => void)[] = [];
    const hundred = Array.from({ length: 100 }, (_, index) => String(index));
    const device = await startOnvifDevice(t, { PullMessages: () => pulled(hundred) });
    const it = listen(t, device, { emit: () => new Promise(resolve => open.push(resolve)) });
    await until(() => open.length === 64);
    await pass(it, 31);
    await until(() => device.asked('Renew').length === 1);
    assert.equal(device.asked('PullMessages').length, 1);
    for (const resolve of open.splice(0)) resolve();
    // It was not pulled for longer than a device may be trusted to keep all.
    await until(() => it.missed.length === 1);
    assert.equal(device.asked('PullMessages').length, 2);
    assert.equal(device.asked('SetSynchronizationPoint').length, 2);
  });

  test('prove that all is heard by what they bring, unless that is as much as they may', async t => {
    const hundred = Array.from({ length: 100 }, (_, index) => String(index));
    const answers = [hundred, ['a'], []];
    const device = await startOnvifDevice(t, {
      PullMessages: (_request, count) => answers[count - 1] && pulled(answers[count - 1] ?? []),
    });
    const it = listen(t, device);
    const start = it.clock.monotonic();
    await until(() => device.asked('PullMessages').length === 3);
    await until(() => it.caughtUp.length === 2);
    assert.deepEqual(
      it.caughtUp.map(([asOf]) => asOf.monotonic - start),
      [0, 0],
    );
    await pass(it, 15);
    assert.equal(it.caughtUp.length, 2);
  });

  test('without an answer within their time and 10 s are STALLED', async t => {
    const it = listen(t, await startOnvifDevice(t));
    await until(() => it.opened.length === 1);
    await pass(it, 31);
    await ends(it.done, 'STALLED');
  });
});

describe('an answer that is too large', () => {
  test('costs what is too large alone: the states come again, one by one', async t => {
    const large = 'x'.repeat(5 * 1024 * 1024);
    const queue = [['1', large, '0']];
    const limits: string[] = [];
    const device = await startOnvifDevice(t, {
      SetSynchronizationPoint(_request, count) {
        if (count > 1) queue.push(['1'], [large], ['0'], []);
        return { body: '' };
      },
      PullMessages({ body }) {
        limits.push(/MessageLimit>(\d+)</.exec(body)?.[1] ?? '');
        const next = queue.shift();
        return next && pulled(next);
      },
    });
    const it = listen(t, device);
    await passUntil(it, () => limits.length === 6);
    assert.deepEqual(states(it), ['1', '0']);
    assert.deepEqual(limits, ['100', '1', '1', '1', '1', '100']);
    assert.deepEqual(
      it.unreadable.map(({ count }) => count),
      [undefined, 1],
    );
    assert.equal(device.asked('CreatePullPointSubscription').length, 1);
  });
});
