// Password files and certificates: read at load, relative to the configuration, with problems that give nothing away.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeCertificates } from '../../support/certificates.ts';
import { need } from '../../support/need.ts';
import { CAMERA, config, load, problems } from './helper.ts';

const broker = (text: string) => `${CAMERA}brokers:\n  main: {url: "mqtts://a", ${text}}\n`;
const FILE_GONE = /passwordFile: the file that it names does not exist; names are relative/;

describe('password files', () => {
  test('are read for brokers, cameras and ONVIF, without the line end', async () => {
    const text = `
brokers: {main: {url: mqtt://a, username: u, passwordFile: secrets/mqtt}}
cameras: [{host: a, username: u, passwordFile: ../axis, onvif: {username: o, passwordFile: /run/onvif}}]
`;
    const files = { '/etc/bridge/secrets/mqtt': 'one\n', '/etc/axis': ' two ', '/run/onvif': 'three\r\n' };
    const result = await load(text, { files });
    assert.ok(result.ok);
    assert.equal(result.config.brokers[0]?.password?.reveal(), 'one');
    assert.equal(result.config.cameras[0]?.password.reveal(), ' two ');
    assert.equal(result.config.cameras[0]?.onvif.password.reveal(), 'three');
    assert.deepEqual(result.files.toSorted(), Object.keys(files).toSorted(), 'so that they can be watched');
  });

  test('that are missing are said once, and are watched all the same', async () => {
    const result = await load('defaults: {username: u, passwordFile: pw}\ncameras: [{host: a}, {host: b}]');
    assert.ok(!result.ok);
    assert.deepEqual(result.files, ['/etc/bridge/pw']);
    assert.equal(result.problems.length, 1);
    assert.match(String(result.problems[0]?.path), /^defaults\.passwordFile$/);
  });

  test('that are empty, or hold several lines, or stand beside a password are problems', async () => {
    const files = { '/etc/bridge/empty': '\n', '/etc/bridge/two': 'a\nb\n' };
    const text = `cameras:
  - {host: a, username: u, passwordFile: empty}
  - {host: b, username: u, passwordFile: two}
  - {host: c, username: u, passwordFile: two, password: p}
`;
    assert.deepEqual(await problems(text, { files }), [
      '2:28 cameras[0].passwordFile: the file that it names is empty',
      '3:28 cameras[1].passwordFile: the file that it names holds more than one line',
      '4:28 cameras[2].passwordFile: stands beside `password`; take one of them',
    ]);
  });

  test('whose name is really the password do not show it', async () => {
    const [line = ''] = await problems(broker('username: u, passwordFile: hunter2'));
    assert.match(line, FILE_GONE);
    assert.doesNotMatch(line, /hunter2/);
  });
});

describe('certificates', () => {
  test('are read as PEM text, the key out of sight', need('openssl'), async t => {
    const { ca, client } = makeCertificates(t);
    const files = {
      '/etc/bridge/ca.pem': ca.text,
      '/etc/bridge/c.pem': client.cert.text,
      '/etc/bridge/c.key': client.key.text,
    };
    const { brokers } = await config(broker('tls: {ca: ca.pem, cert: c.pem, key: c.key}'), { files });
    const { tls } = brokers[0] ?? assert.fail();
    assert.equal(tls.ca, ca.text);
    assert.equal(tls.cert, client.cert.text);
    assert.equal(tls.key?.reveal(), client.key.text);
  });

  test('that do not fit are problems', need('openssl'), async t => {
    const { ca, server, client } = makeCertificates(t);
    const files = {
      '/etc/bridge/ca.pem': ca.text,
      '/etc/bridge/c.pem': client.cert.text,
      '/etc/bridge/s.key': server.key.text,
      '/etc/bridge/bad.pem': '-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n',
    };
    const of = async (tls: string) => (await problems(broker(`tls: {${tls}}`), { files })).join('\n');
    assert.match(await of('cert: c.pem, key: s.key'), /tls\.key: is not the key of `cert`/);
    assert.match(await of('cert: c.pem'), /tls: needs `cert` and `key` together/);
    assert.match(await of('ca: bad.pem'), /tls\.ca: the file that it names holds no certificate in PEM form/);
    assert.match(
      await of('cert: c.pem, key: ca.pem'),
      /holds no private key without a passphrase in PEM form/,
    );
    assert.match(await of('ca: none.pem'), /tls\.ca: the file that it names does not exist/);
    assert.match(
      await of('ca: ca.pem, insecure: true'),
      /tls\.insecure: accepts any certificate; leave it out/,
    );
  });

  test('fingerprints are taken as openssl, browsers and Node write them', async () => {
    const colons = Array(32).fill('AB').join(':');
    for (const form of [
      colons,
      'ab'.repeat(32),
      `sha256:${'AB'.repeat(32)}`,
      `SHA256 Fingerprint=${colons}`,
    ]) {
      const { brokers } = await config(broker(`tls: {fingerprint: "${form}"}`));
      assert.equal(brokers[0]?.tls.fingerprint, colons);
    }
    const sha1 = 'ab'.repeat(20);
    assert.match((await problems(broker(`tls: {fingerprint: ${sha1}}`))).join(), /must be the SHA-256/);
  });
});
