// No problem, and no way of printing a Config, shows a secret or any other value of the file.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { formatProblems } from '../../../src/config/problem.ts';
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
    'an unknown broker': `cameras: []\nroutes: [{broker: ${SECRET}}]`,
    'a template': `cameras: []\nroutes: [{topic: "{${SECRET}}"}]`,
    'a pattern': `cameras: []\nroutes: [{match: {topic: "${SECRET}*"}}]`,
    'a text for the whole file': SECRET,
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
