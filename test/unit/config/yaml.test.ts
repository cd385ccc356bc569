// Files that are broken or hostile.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CAMERA, config, problems } from './helper.ts';

describe('broken files', () => {
  const CASES: Record<string, [string | Uint8Array, RegExp]> = {
    'an empty file': ['', /^is empty/],
    'only comments': ['# a\n', /^is empty/],
    'a list': ['- a\n', /must be a mapping/],
    'a word': ['hello', /must be a mapping/],
    'a doubled key': ['cameras: []\nlog: {}\ncameras: []\n', /^3:1 cameras: this key stands here twice/],
    'a tab': ['log:\n\tlevel: info\n', /^2:1 is not valid YAML: indent with spaces/],
    'an open quote': ['a: "x\n', /^\d:\d+ is not valid YAML: a closing quote/],
    'a key that is a list': ['? [a]\n: b\n', /a key must be plain text/],
    'two documents': ['cameras: []\n---\ncameras: []\n', /^2:1 .*second document/],
    'a tag': ['cameras: !!binary aGk=\n', /tags/],
    'an unknown alias': ['cameras: *x\n', /^1:10 cameras: this alias/],
    'an alias of itself': ['cameras: &a [*a]\n', /nest too deeply/],
    'a merge of itself': ['defaults: &d {<<: *d}\ncameras: []\n', /^1:19 .*nest too deeply/],
    'a merge of what holds it': ['defaults: &d {tls: {<<: [*d]}}\ncameras: []\n', /nest too deeply/],
    'a chain of merges': [
      `a: &a0 {}\n${Array.from({ length: 2_000 }, (_, n) => `a${n}: &a${n + 1} {<<: *a${n}}\n`).join('')}cameras: []\n`,
      /nest too deeply/,
    ],
    'a merge of a list': [`${CAMERA}log: {<<: [[a]]}\n`, /`<<` takes an alias/],
    __proto__: [`${CAMERA}__proto__: {a: 1}\n`, /this name is not allowed/],
    '__proto__ as a label': [CAMERA.replace('{', '{labels: {__proto__: x}, '), /this name is not allowed/],
    'binary bytes': [Uint8Array.of(1, 0, 2), /is not a text file/],
    'Latin-1 bytes': [Uint8Array.of(0x61, 0xe4, 0x62), /is not UTF-8/],
  };
  for (const [what, [text, expected]] of Object.entries(CASES)) {
    test(`${what} is a problem with its line`, async () => {
      assert.match((await problems(text)).join('\n'), expected);
    });
  }

  test('constructor and prototype are names like any other', async () => {
    const { cameras } = await config(CAMERA.replace('{', '{labels: {constructor: a, prototype: b}, '));
    assert.deepEqual(cameras[0]?.labels, { constructor: 'a', prototype: 'b' });
  });
});

describe('files of other systems', () => {
  test('a byte order mark and CRLF do no harm, nor to line numbers', async () => {
    await config(`\ufeff${CAMERA}`.replaceAll('\n', '\r\n'));
    assert.match(
      (await problems('\ufeffcameras: []\r\nlog:\r\n  level: loud\r\n')).join(),
      /^3:3 log\.level/,
    );
  });

  test('anchors, aliases and merge keys work; own keys and earlier sources win', async () => {
    const text = `
defaults: &d {username: u, password: p, labels: &l {site: lund}}
cameras:
  - {<<: *d, host: a, username: own}
  - {host: b, <<: [{port: 1}, {port: 2, https: true}], labels: *l}
`;
    const { cameras } = await config(text);
    assert.equal(cameras[0]?.username, 'own');
    assert.equal(cameras[1]?.port, 1);
    assert.equal(cameras[1]?.https, true);
    assert.deepEqual(cameras[1]?.labels, { site: 'lund' });
  });

  test('1,000 cameras may share one anchor', async () => {
    const list = Array.from({ length: 1000 }, (_, index) => `  - {<<: *c, host: h${index}}`).join('\n');
    const { cameras } = await config(`defaults: &c {username: u, password: p}\ncameras:\n${list}`);
    assert.equal(cameras.length, 1000);
  });
});

describe('hostile files end soon', () => {
  const levels = Array.from(
    { length: 30 },
    (_, n) => `k${n + 1}: &k${n + 1} [${Array(9).fill(`*k${n}`).join(',')}]`,
  );
  const keys = Array.from({ length: 40_000 }, (_, n) => `k${n}: 1`).join('\n');
  const many = Array.from({ length: 20_000 }, (_, n) => `k${n}: 1`).join(', ');
  const CASES: Record<string, string> = {
    'aliases of aliases': `k0: &k0 [a]\n${levels.join('\n')}\ncameras: *k30\n`,
    'merges of a large mapping': `a: &a {${many}}\ncameras:\n${'- <<: *a\n'.repeat(10_000)}`,
    'depth in brackets': `cameras: ${'['.repeat(1_000_000)}`,
    'depth in dashes': '- '.repeat(300_000),
    'depth in indentation': Array.from({ length: 1000 }, (_, n) => `${' '.repeat(n)}a:`).join('\n'),
    'many keys': keys,
    'many unknown keys in cameras': `cameras:\n${'- {aa: 1, bb: 2}\n'.repeat(20_000)}`,
    'many errors': `a: ${'"'.repeat(200_000)}`,
  };
  for (const [what, text] of Object.entries(CASES)) {
    test(what, { timeout: 240_000 }, async () => {
      const found = await problems(text);
      assert.ok(found.length > 0 && found.length <= 101, String(found.length));
    });
  }
});
