// No problem, and no way of printing a Config, shows a secret or any other value of the file.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { infoOf } from '../../../src/bridge/info.ts';
import { formatProblems } from '../../../src/config/problem.ts';
import { fail } from '../../../src/util/errors.ts';
import { config, load } from './helper.ts';

const SECRET = 'hunter2';

/** Everything that may be printed of a load. */
async function everythingSaid(text: string, env: Record<string, string> = {}): Promise<string> {
  const result = await load(text, { env });
  assert.ok(!result.ok, `should have been refused: ${text}`);
  const { problems } = result;
  return `${formatProblems(problems)}\n${JSON.stringify(problems)}\n${inspect(problems, { depth: 9 })}`;
}

describe('problems never show a value', () => {
  const camera = (text: string) => `cameras:\n  - {host: a, username: u, password: p, ${text}}\n`;
  const KEYS = [
    'id',
    'host',
    'port',
    'rtspPort',
    'https',
    'tls',
    'onvif',
    'serial',
    'source',
    'events',
    'poll',
  ];
  const CASES: Record<string, string> = {
    'a misspelt key': `defaults: {pasword: ${SECRET}}\ncameras: []`,
    'a key without its space': `cameras: [{username: a, password:${SECRET}}]`,
    'a key with = for its colon': `cameras: [{username: a, password=${SECRET}}]`,
    'a line without its space': `cameras:\n  - username: a\n    password:${SECRET}\n`,
    'an open quote': `cameras:\n  - password: "${SECRET}\n`,
    'a text that needs quotes': `cameras:\n  - password: @${SECRET}\n`,
    'a text with brackets': `cameras:\n  - {password: ${SECRET}}}${SECRET}\n`,
    'an anchor and a tag': `cameras: &${SECRET} !${SECRET} x\n`,
    'an unknown alias': `cameras: *${SECRET}\n`,
    'a directive': `%${SECRET}\n---\ncameras: []\n`,
    'a doubled key': `cameras:\n  - {password: ${SECRET}, password: ${SECRET}}`,
    'a url with a login': `cameras: []\nbrokers: {main: {url: "mqtt://u:${SECRET}@host"}}`,
    'a url with a broken login': `cameras: []\nbrokers: {main: {url: "mqtt://u:${SECRET}#x@host"}}`,
    'a url in a list': `cameras: []\nbrokers: {main: {url: ["mqtt://a", "ws://u:${SECRET}@host"]}}`,
    'a number as password': 'cameras: [{host: a, username: u, password: 4711}]',
    'a list as password': `cameras: [{host: a, username: u, password: [${SECRET}]}]`,
    'a file name': `cameras: [{host: a, username: u, passwordFile: ${SECRET}}]`,
    'a text for the whole file': SECRET,
    'a label without a value': `cameras: [{host: a, username: u, password: p, labels: {${SECRET}}}]`,
    'a header without a value': `cameras: []\nbrokers: {main: {url: "ws://a", headers: {${SECRET}}}}`,
    'a section': `cameras: ${SECRET}\nbridge: ${SECRET}\nhttp: ${SECRET}\nlog: ${SECRET}`,
    'a variable’s broken name': `cameras: [{host: a, username: u, password: "\${${SECRET}"}]`,
    ...Object.fromEntries(KEYS.map(key => [`a camera’s ${key}`, camera(`${key}: "${SECRET} @/#"`)])),
  };
  for (const [what, text] of Object.entries(CASES)) {
    test(what, async () => {
      assert.doesNotMatch(await everythingSaid(text), /hunter|4711/);
    });
  }

  test('nor one of the environment', async () => {
    const env = { AXIS2MQTT_LOG_LEVEL: SECRET, AXIS2MQTT_HTTP_PORT: SECRET, PW: `${SECRET}:@/#` };
    const said = await everythingSaid(
      `cameras: [{host: "\${PW}", port: "\${PW}", username: u, password: p}]`,
      env,
    );
    assert.doesNotMatch(said, /hunter/);
  });
});

test('a Config prints without its secrets, however it is printed', async () => {
  const text = `
brokers: {main: {url: mqtt://a, username: u, password: "\${PW}"}, site: {url: mqtt://b, username: u, passwordFile: pw}}
defaults: {username: u, password: ${SECRET}}
cameras:
  - {host: a}
  - {host: b, password: ${SECRET}, onvif: {username: o, password: ${SECRET}}}
  - {host: c, passwordFile: pw, onvif: {passwordFile: pw}}
`;
  const result = await config(text, { env: { PW: SECRET }, files: { '/etc/bridge/pw': SECRET } });
  const printed = [JSON.stringify(result), inspect(result, { depth: 20, showHidden: true }), `${result}`];
  assert.doesNotMatch(printed.join(), /hunter/);
  assert.match(JSON.stringify(result), /"password":"\[secret\]"/);
  assert.equal(result.cameras[2]?.onvif.password.reveal(), SECRET);
});

describe('what came from the environment, or from a file with a secret', () => {
  const TEXT = `
brokers: {main: {url: "mqtt://\${H}:1883", passwordFile: pw, username: "\${U}"}}
cameras: [{host: a, username: u, password: p, id: one}]
triggers:
  - name: alarm
    topic: alarm/code
    when: {code: "\${PIN}", kind: "x\${SHORT}"}
    do: [{publish: {topic: b, payload: {text: "is \${PIN}", plain: "$\${"}}}]
`;
  const given = {
    env: { H: 'broker.example', U: 'bridge-user', PIN: '471"1', SHORT: '7' },
    files: { '/etc/bridge/pw': SECRET },
  };

  test('is shown in info as the file has it, wherever it stands', async () => {
    const info = JSON.parse(infoOf(await config(TEXT, given), '2026-11-22T08:00:00.000Z', 100_000));
    assert.equal(info.config.brokers[0].urls[0], `mqtt://\${H}:1883`);
    assert.equal(info.config.brokers[0].username, `\${U}`);
    assert.deepEqual(info.config.triggers[0].when, { code: `\${PIN}`, kind: `x\${SHORT}` });
    const [{ publish }] = info.config.triggers[0].do;
    assert.deepEqual(publish.payload, { text: `is \${PIN}`, plain: '${' });
    assert.doesNotMatch(JSON.stringify(info), /hunter|471/);
  });

  test('is in no text that is hidden, escaped or not', async () => {
    const { hidden } = await config(TEXT, given);
    const said = hidden.text(`at broker.example: ${SECRET}, 471"1, ${JSON.stringify('471"1')}, 7 s`);
    assert.equal(said, `at \${H}: [secret], \${PIN}, "\${PIN}", 7 s`);
    const error = fail('CLOSED', SECRET);
    const fields = { list: [{ text: 'bridge-user' }], number: 4711, error, none: undefined };
    assert.deepEqual(hidden.deep(fields), { ...fields, list: [{ text: `\${U}` }] });
  });

  test('is in no problem, though that names a value', async () => {
    const twice = `cameras: [{host: a, username: u, password: p, id: "\${PIN}"}, {host: b, username: u, password: p, id: "\${PIN}"}]`;
    assert.doesNotMatch(JSON.stringify(await load(twice, given)), /471/);
  });
});
