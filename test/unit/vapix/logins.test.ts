import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { rtsp } from '../../../src/sources/rtsp/rtsp.ts';
import { tryOut } from '../../../src/sources/trial.ts';
import { createLog } from '../../../src/util/log.ts';
import { createVapixClient } from '../../../src/vapix/client.ts';
import { createLogins } from '../../../src/vapix/logins.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { PASSWORD, protectedBy, startHttpDevice } from '../../support/http-device.ts';
import { answerWith, CHALLENGE, deviceScript, serveScript } from '../../support/scripted-rtsp.ts';

const MINUTE = 60_000;

/** When logins are sent, in s, by somebody who tries each second for eleven minutes and is refused. */
async function refused({ wasAccepted }: { wasAccepted: boolean }): Promise<number[]> {
  const clock = createFakeClock(0);
  const logins = createLogins({ clock, wasAccepted });
  const sent: number[] = [];
  for (; clock.monotonic() <= 11 * MINUTE; await clock.advance(1000)) {
    try {
      logins.admit('/', 'it');
    } catch {
      continue;
    }
    sent.push(clock.monotonic() / 1000);
    logins.refused();
    logins.rest('/', 'refused');
  }
  return sent;
}

describe('a login that is refused', () => {
  test('and never was right goes out once in five minutes', async () => {
    assert.deepEqual(await refused({ wasAccepted: false }), [0, 300, 600]);
  });

  test('and was right before goes out soon again, three times in any five minutes at most', async () => {
    assert.deepEqual(await refused({ wasAccepted: true }), [0, 25, 53, 353, 653]);
  });

  test('says how long it rests, and an accepted one ends that', () => {
    const logins = createLogins({ clock: createFakeClock(), wasAccepted: true });
    logins.refused();
    assert.equal(logins.rest('/', 'it').retryAfter, 25);
    assert.throws(() => logins.admit('/', 'it'), { code: 'AUTH', retryAfter: 25 });
    logins.accepted('/');
    logins.admit('/', 'it');
    assert.equal(logins.inDoubt, false);
  });
});

describe('one account for all that ask a device', () => {
  /** A device whose password is `password`, over HTTP and RTSP, and all that know one password for it. */
  async function start(t: TestContext) {
    const clock = createFakeClock();
    const account = { password: PASSWORD };
    const http = await startHttpDevice(t, (request, ...rest) =>
      protectedBy(request.url === '/admin' ? 'never' : account.password, (_, response) =>
        response.end('fine'),
      )(request, ...rest),
    );
    const script = deviceScript();
    const stream = await serveScript(t, request =>
      account.password === PASSWORD ? script(request) : answerWith(request, '401 Unauthorized', [CHALLENGE]),
    );
    const logins = createLogins({ clock });
    const { rtspPort } = stream.address;
    const address = { ...http.address, rtspPort, logins };
    const client = () => {
      const made = createVapixClient({ address, clock, signal: new AbortController().signal });
      t.after(() => made.close());
      return made;
    };
    const [poller, actions] = [client(), client()];
    const get = (from: typeof poller, path: string) =>
      from.request({ method: 'GET', path }).then(
        () => 'done',
        ({ code }) => code,
      );
    const shared = { address, include: ['**'], clock, log: createLog({ level: 'silent' }) };
    const hear = () =>
      tryOut(rtsp, { ...shared, signal: new AbortController().signal }).then(
        () => 'heard',
        ({ code }) => code,
      );
    /** Logins that were sent. */
    const sent = () =>
      http.seen.filter(({ authorization }) => authorization !== undefined).length +
      stream.requests.filter(({ headers }) => headers.has('authorization')).length;
    return { clock, account, poller, actions, get, hear, sent };
  }

  test('a changed password goes out three times in five minutes, over stream, poller and actions', async t => {
    const { clock, account, poller, actions, get, hear, sent } = await start(t);
    assert.deepEqual(
      [await hear(), await get(poller, '/poll'), await get(actions, '/siren')],
      ['heard', 'done', 'done'],
    );
    const before = sent();
    account.password = 'changed';
    for (let second = 0; second < 299; second++) {
      const all = [await get(poller, '/poll'), await get(actions, '/siren'), await hear()];
      assert.deepEqual(all, ['AUTH', 'AUTH', 'AUTH']);
      await clock.advance(1000);
    }
    assert.equal(sent() - before, 3);
    account.password = PASSWORD;
    await clock.advance(5 * MINUTE);
    assert.deepEqual([await hear(), await get(poller, '/poll')], ['heard', 'done']);
  });

  test('a path that the account has no right to keeps nobody from the others', async t => {
    const { poller, actions, get, hear } = await start(t);
    await get(poller, '/poll');
    for (let times = 0; times < 5; times++) assert.equal(await get(actions, '/admin'), 'AUTH');
    assert.deepEqual(
      [await get(actions, '/siren'), await get(poller, '/poll'), await hear()],
      ['done', 'done', 'heard'],
    );
  });
});
