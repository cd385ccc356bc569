// A problem names the camera and the value, where that can be no secret, and the other place of what stands there twice.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatProblems } from '../../../src/config/problem.ts';
import { load } from './helper.ts';

async function said(text: string, env: Record<string, string> = {}): Promise<string> {
  const result = await load(text, { env });
  const list = result.ok ? result.warnings : result.problems;
  return formatProblems(list).replaceAll('/etc/bridge/config.yaml:', '');
}

const camera = (text: string) => `cameras:\n  - {id: yard, host: a, username: u, password: p, ${text}}\n`;

describe('the value is shown', () => {
  const CASES: [text: string, line: string][] = [
    [camera('port: 99999'), '2:51 cameras[0].port (yard) `99999`: must be a whole number from 1 to 65535'],
    [camera('source: rtps'), '2:51 cameras[0].source (yard) `rtps`: must be one of: '],
    [camera('poll: [{api: io, every: 10 sec}]'), '2:68 cameras[0].poll[0].every (yard) `10 sec`: must be a '],
    [camera('https: yes'), '2:51 cameras[0].https (yard) `yes`: must be true or false'],
    [camera('').replace('host: a', 'host: http://a/'), '2:16 cameras[0].host (yard) `http://a/`: must be '],
    [
      `${camera('')}routes: [{broker: mian}]`,
      '3:11 routes[0].broker `mian`: there is no broker of that name',
    ],
    [`${camera('')}routes: [{topic: "{devise}"}]`, '3:11 routes[0].topic `{devise}`: has an unknown name'],
  ];
  for (const [text, line] of CASES)
    test(line, async () => assert.ok((await said(text)).startsWith(line), await said(text)));
});

describe('nothing is shown', () => {
  const CASES: Record<string, string> = {
    'of a value that the environment brings': camera(`port: "\${PORT}"`),
    'of what looks like no port': camera('port: hunter2'),
    'of a word that is none of those that are taken': camera('source: hunter2, https: hunter2'),
    'of a host that is but a word': camera('').replace('host: a', 'host: hunter2_'),
    'of a name of no broker': `${camera('')}routes: [{broker: hunter2, topic: hunter2}]`,
    'of a login in the host': camera('').replace('host: a', 'host: u:hunter2@a'),
    'of a password': camera('').replace('password: p', 'password: 4711'),
    'of what is no section': `${camera('')}broker: hunter2`,
    'of a label': camera('labels: {site: 4711}'),
    'of a text': `${camera('')}triggers: [{name: a, topic: b, text: 4711, do: []}]`,
  };
  for (const [what, text] of Object.entries(CASES))
    test(what, async () => assert.doesNotMatch(await said(text, { PORT: '471100' }), /hunter|4711/));
});

describe('what stands there twice names its other place', () => {
  const CASES: [text: string, words: RegExp][] = [
    [
      'cameras:\n  - {id: a, host: x, username: u, password: p}\n  - {id: a, host: y, username: u, password: p}\n',
      /^3:6 cameras\[1\]\.id `a`: is that of cameras\[0\] too \(line 2\)/,
    ],
    [
      `${camera('')}triggers:\n  - {name: t, topic: x, do: [{publish: {topic: y}}]}\n  - {name: t, topic: x, do: [{publish: {topic: y}}]}\n`,
      /^5:6 triggers\[1\]\.name: is that of triggers\[0\] too \(line 4\)/,
    ],
    [
      'cameras: []\nlog: {level: info}\nlog: {level: warn}\n',
      /^3:1 log: this key stands here twice, first in line 2/,
    ],
  ];
  for (const [text, words] of CASES) test(words.source, async () => assert.match(await said(text), words));
});
