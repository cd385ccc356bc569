// The login against Apache's own mod_auth_digest: the HTTP server that Axis devices run.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { secret } from '../../src/util/secret.ts';
import type { DeviceAddress } from '../../src/vapix/address.ts';
import { createVapixClient } from '../../src/vapix/client.ts';
import { serialFromRealm } from '../../src/vapix/serial.ts';
import { startApache } from '../support/apache.ts';
import { makeCertificates } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { addressOf, PASSWORD } from '../support/http-device.ts';
import { find, need } from '../support/need.ts';

const get = (path: string) => ({ method: 'GET', path }) as const;
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

async function start(t: TestContext, { nonceLifetime = 300 } = {}) {
  const certificates = makeCertificates(t);
  const apache = await startApache(t, { username: 'root', password: PASSWORD, certificates, nonceLifetime });
  const open = (changes: Partial<DeviceAddress> = {}) => {
    const client = createVapixClient({ address: addressOf(apache.port, changes), signal: t.signal });
    t.after(() => client.close());
    return client;
  };
  const tls = { port: apache.tlsPort, https: true, tls: { fingerprint: certificates.server.fingerprint } };
  return { apache, open, tls };
}

/** The status of each logged request, and of those with a login, once `count` are logged. */
async function statuses(log: () => string[], count: number) {
  await eventually(`${count} lines of the log`, () => log().length >= count);
  const lines = log().map(line => line.split(' '));
  return {
    all: lines.map(([status]) => Number(status)),
    withLogin: lines
      .filter(([, , , authorization]) => authorization !== '-')
      .map(([status]) => Number(status)),
  };
}

async function failure(request: Promise<unknown>) {
  const error: unknown = await request.then(
    () => assert.fail('it did not fail'),
    reason => reason,
  );
  const shown = inspect(error, { depth: 30, showHidden: true });
  for (const canary of [
    PASSWORD,
    Buffer.from(PASSWORD).toString('base64').slice(0, 8),
    'response=',
    'Axios',
  ]) {
    assert.ok(!shown.includes(canary), shown);
  }
  return error as Error & { code: string };
}

const needed = need(find('openssl') === undefined ? 'openssl' : 'apache2');

describe('Apache', { ...needed, concurrency: 2 }, () => {
  test('takes the login after one challenge, and then ahead of it, over http and https', async t => {
    const { apache, open, tls } = await start(t);
    for (const changes of [{}, tls]) {
      const client = open(changes);
      for (const query of ['', '?action=2%3A%2F300%5C&group=a,b|c', '?x="quoted" é']) {
        assert.equal((await client.request(get(`/digest/hello.txt${query}`))).text, 'hello digest');
      }
      assert.equal(serialFromRealm(client.realm), 'ACCC8E012345');
    }
    assert.deepEqual((await statuses(apache.log, 8)).all, [401, 200, 200, 200, 401, 200, 200, 200]);
  });

  test('takes parallel requests, each with its own count', async t => {
    const { apache, open } = await start(t);
    const client = open();
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, at) => client.request(get(`/digest/hello.txt?${at}`))),
    );
    assert.ok(answers.every(({ text }) => text === 'hello digest'));
    // Two connections, of which each asks for the challenge.
    const { withLogin } = await statuses(apache.log, 62);
    assert.deepEqual(new Set(withLogin), new Set([200]));
    const counts = apache
      .log()
      .flatMap(line => / nonce=\\"([^\\]*).* nc=([0-9a-f]{8})/.exec(line)?.slice(1).join() ?? []);
    assert.equal(new Set(counts).size, 60);
  });

  test('calls an old nonce stale, which is answered anew', async t => {
    const { apache, open } = await start(t, { nonceLifetime: 3 });
    const client = open();
    await client.request(get('/digest/hello.txt'));
    await pause(4_100);
    const both = [1, 2].map(() => client.request(get('/digest/hello.txt')));
    assert.ok((await Promise.all(both)).every(({ status }) => status === 200));
    assert.deepEqual((await statuses(apache.log, 6)).withLogin.toSorted(), [200, 200, 200, 401, 401]);
  });

  test('sees a wrong password once', async t => {
    const { apache, open } = await start(t);
    const client = open({ password: secret(`${PASSWORD}x`) });
    const errors = await Promise.all(
      [1, 2, 3, 4].map(() => failure(client.request(get('/digest/hello.txt')))),
    );
    assert.deepEqual(new Set(errors.map(({ code }) => code)), new Set(['AUTH']));
    assert.equal((await client.request(get('/open/hello.txt'))).text, 'hello open');
    assert.deepEqual((await statuses(apache.log, 6)).withLogin, [401]);
  });

  test('refuses a right at one path, and the others go on', async t => {
    const { open } = await start(t);
    const client = open();
    await client.request(get('/digest/hello.txt'));
    assert.match((await failure(client.request(get('/forbidden/hello.txt')))).code, /AUTH|FORBIDDEN/);
    assert.equal((await failure(client.request(get('/digest/none.txt')))).code, 'NOT_FOUND');
    assert.equal((await client.request(get('/digest/hello.txt'))).text, 'hello digest');
  });

  test('gets Basic over https only', async t => {
    const { apache, open, tls } = await start(t);
    assert.equal((await failure(open().request(get('/basic/hello.txt')))).code, 'INSECURE');
    assert.equal(
      (await open({ allowBasicOverHttp: true }).request(get('/basic/hello.txt'))).text,
      'hello basic',
    );
    assert.equal((await open(tls).request(get('/basic/hello.txt'))).text, 'hello basic');
    const wrong = open({ ...tls, password: secret(`${PASSWORD}x`) });
    assert.equal((await failure(wrong.request(get('/basic/hello.txt')))).code, 'AUTH');
    assert.deepEqual((await statuses(apache.log, 7)).withLogin, [200, 200, 401]);
  });

  test('gets nothing over a certificate that is not the pinned one', async t => {
    const { apache, open, tls } = await start(t);
    const pinned = { ...tls, tls: { fingerprint: 'AB'.repeat(32) } };
    assert.equal((await failure(open(pinned).request(get('/digest/hello.txt')))).code, 'TLS');
    await open(tls).request(get('/open/hello.txt'));
    assert.deepEqual((await statuses(apache.log, 1)).all, [200]);
  });
});
