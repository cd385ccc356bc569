import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import { createDevice } from '../../../src/simulator/device.ts';
import type { DeviceOptions } from '../../../src/simulator/options.ts';
import { pullpoint } from '../../../src/sources/pullpoint/pullpoint.ts';
import type { SourceContext } from '../../../src/sources/source.ts';
import type { ErrorCode } from '../../../src/util/errors.ts';
import { secret } from '../../../src/util/secret.ts';
import { addressOf, PASSWORD } from '../../support/http-device.ts';
import { ends, type Listening, listen as listenTo, until } from '../../support/listen.ts';
import {
  created,
  DEVICE_TIME,
  faulted,
  lease,
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

/** Moves the clock on, second by second, so that what is sent meanwhile can be answered. */
async function pass({ clock }: Listening, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) await clock.advance(1000);
}

describe('a subscription', () => {
  test('is renewed at half of its life, however the device measures it', async t => {
    const device = await startOnvifDevice(t, {
      CreatePullPointSubscription: () => created({ seconds: 10 }),
      Renew: () => ({ body: `<n:RenewResponse>${lease('n', 20)}</n:RenewResponse>` }),
      PullMessages: () => pulled(),
    });
    const it = listen(t, device);
    await until(() => it.opened.length === 1);
    await pass(it, 4);
    assert.equal(device.asked('Renew').length, 0);
    await pass(it, 2);
    await until(() => device.asked('Renew').length === 1);
    assert.match(device.asked('Renew')[0]?.body ?? '', /TerminationTime>PT60S</);
    await pass(it, 8);
    assert.equal(device.asked('Renew').length, 1);
    await pass(it, 3);
    await until(() => device.asked('Renew').length === 2);
  });

  test('is renewed until a time by the device’s clock where it takes no duration', async t => {
    const device = await startOnvifDevice(t, {
      Renew: ({ body }) =>
        body.includes('PT60S')
          ? faulted('InvalidArgVal')
          : { body: `<n:RenewResponse>${lease('n')}</n:RenewResponse>` },
      PullMessages: () => pulled(),
    });
    const it = listen(t, device);
    await until(() => it.opened.length === 1);
    await pass(it, 31);
    await until(() => device.asked('Renew').length === 2);
    const asked = /TerminationTime>([^<]*)</.exec(device.asked('Renew')[1]?.body ?? '')?.[1] ?? '';
    assert.equal(Date.parse(asked), DEVICE_TIME + 90_000);
  });

  test('that cannot be renewed lives on where pulls extend it, and else ends in time', async t => {
    const refusing = { Renew: () => faulted('ActionNotSupported') };
    const extended = await startOnvifDevice(t, { ...refusing, PullMessages: () => pulled() });
    const forgotten = await startOnvifDevice(t, { ...refusing, PullMessages: () => pulled([], '') });
    const lives = listen(t, extended);
    const dies = listen(t, forgotten);
    await until(() => lives.opened.length + dies.opened.length === 2);
    await pass(lives, 90);
    assert.equal(extended.asked('Unsubscribe').length, 0);
    await pass(dies, 61);
    await ends(dies.done, 'CLOSED', /neither/);
  });

  test('lives on where the bridge’s clock is set, and is renewed until a time by the device’s', async t => {
    const device = await startOnvifDevice(t, {
      Renew: ({ body }) =>
        body.includes('PT60S')
          ? faulted('InvalidArgVal')
          : { body: `<n:RenewResponse>${lease('n')}</n:RenewResponse>` },
      PullMessages: () => pulled(),
    });
    const it = listen(t, device);
    await until(() => it.opened.length === 1);
    it.clock.step(3_600_000);
    await pass(it, 31);
    await until(() => device.asked('Renew').length === 2);
    const asked = /TerminationTime>([^<]*)</.exec(device.asked('Renew')[1]?.body ?? '')?.[1] ?? '';
    assert.equal(Date.parse(asked), DEVICE_TIME + 90_000);
  });

  test('that the device has forgotten is CLOSED, by fault or by path', async t => {
    const gone: OnvifReply[] = [
      faulted('ResourceUnknown', '<n:ResourceUnknownFault/>', 500),
      { status: 404, body: 'gone', raw: true },
    ];
    for (const reply of gone)
      await ends(listen(t, await startOnvifDevice(t, { PullMessages: () => reply })).done, 'CLOSED');
  });

  const refusals: [what: string, reply: OnvifReply, code: ErrorCode][] = [
    ['for want of another place', faulted('MaxPullPoints', '', 500), 'BUSY'],
    ['as not supported', faulted('ActionNotSupported', '', 500), 'UNSUPPORTED'],
    ['without a reason', faulted('Action', '<n:SubscribeCreationFailedFault/>', 500), 'REFUSED'],
    ['for want of services', { status: 404, body: '', raw: true }, 'NOT_FOUND'],
    ['by what is no SOAP', { body: 'hello', raw: true }, 'PROTOCOL'],
    ['without saying which', { body: '<e:CreatePullPointSubscriptionResponse/>' }, 'PROTOCOL'],
  ];
  for (const [what, reply, code] of refusals)
    test(`refused ${what} is ${code}`, async t => {
      const device = await startOnvifDevice(t, { CreatePullPointSubscription: () => reply });
      await ends(listen(t, device).done, code);
    });
});

describe('the login', () => {
  const ONVIF = { username: 'onvif', password: 'canary-0nvif' };
  const account = { username: ONVIF.username, password: secret(ONVIF.password) };

  async function start(t: TestContext, options: DeviceOptions['onvif'] = {}) {
    const device = createDevice({ onvif: { ...ONVIF, ...options } });
    t.after(() => device.stop());
    const { httpPort } = await device.start();
    return { device, address: addressOf(httpPort, { onvif: account }) };
  }

  test('is that of the ONVIF account, by Digest', async t => {
    const { device, address } = await start(t, { login: 'http' });
    const it = listen(t, { address });
    await until(() => it.emitted.length > 0);
    assert.equal(it.opened[0]?.realm, `AXIS_${device.serial}`);
    assert.deepEqual([device.stats.challenged, device.stats.failedLogins], [1, 0]);
  });

  test('goes into the SOAP header where the device wants it there, with its own time', async t => {
    const { device, address } = await start(t, { login: 'token' });
    device.clockJump(DEVICE_TIME - Date.now());
    const it = listen(t, { address });
    await until(() => it.emitted.length > 0);
    assert.equal(it.opened[0]?.realm, undefined);
  });

  const unsaid: Record<string, OnvifReply> = {
    'a fault': faulted('NotAuthorized'),
    'a fault with status 200': faulted('NotAuthorized', '', 200),
    'a 400 that says nothing': { status: 400, body: '', raw: true },
    'a 401 without a challenge': { status: 401, body: '', raw: true },
    'a 403': { status: 403, body: '', raw: true },
  };
  for (const [what, refusal] of Object.entries(unsaid))
    test(`goes there after ${what}, once, never beside that of HTTP, and never in clear`, async t => {
      const device = await startOnvifDevice(t, {
        CreatePullPointSubscription: ({ body }) => (body.includes('UsernameToken') ? created() : refusal),
        GetSystemDateAndTime: () => refusal,
      });
      const it = listen(t, device);
      await until(() => device.asked('PullMessages').length === 1);
      assert.equal(device.asked('CreatePullPointSubscription').length, 2);
      for (const { authorization, body } of device.seen) {
        assert.equal(authorization, undefined);
        assert.ok(!body.includes(PASSWORD));
      }
      const { body = '' } = device.asked('PullMessages')[0] ?? {};
      const [, digest, nonce = '', at] =
        />([^<]+)<\/wsse:Password>.*>([^<]+)<\/wsse:Nonce>.*>([^<]+)<\/wsu:Created>/.exec(body) ?? [];
      const hash = createHash('sha1')
        .update(Buffer.from(nonce, 'base64'))
        .update(at + PASSWORD);
      assert.equal(digest, hash.digest('base64'));
      it.stop();
    });

  test('by HTTP is left out where the device wants another one beside it', async t => {
    const challenge = 'Digest realm="a", nonce="b"';
    const device = await startOnvifDevice(t, {
      CreatePullPointSubscription: ({ body, authorization }) => {
        if (body.includes('UsernameToken')) return created();
        return authorization ? faulted('NotAuthorized') : { status: 401, body: '', raw: true, challenge };
      },
    });
    listen(t, device);
    await until(() => device.asked('PullMessages').length === 1);
    const logins = device.seen.map(({ authorization, body }) => [
      authorization !== undefined,
      body.includes('UsernameToken'),
    ]);
    assert.deepEqual(logins, [
      [false, false],
      [false, false],
      [true, false],
      [false, false],
      [false, true],
      [false, true],
      [false, true],
    ]);
  });

  test('that is refused there is AUTH after one attempt', async t => {
    const device = await startOnvifDevice(t, {
      CreatePullPointSubscription: () => faulted('NotAuthorized'),
    });
    await ends(listen(t, device).done, 'AUTH');
    assert.equal(device.asked('CreatePullPointSubscription').length, 2);
  });
});
