// What is valid and will hardly do what is meant.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { config, warnings } from './helper.ts';

const camera = (more = '') => `cameras: [{id: entrance, host: a, username: u, password: p${more}}]\n`;

test('a topic without its namespace is warned of, wherever it stands', async () => {
  const text = `${camera(', events: {include: ["Device/**", "**/Port", "tns1:Device/**"], exclude: [timer]}')}
routes: [{match: {topic: Device/IO/Port}}]
triggers: [{name: a, on: {topic: Device/IO/Port}, do: [{publish: {topic: x}}]}]
`;
  const places = (await warnings(text)).map(line => /(\S+): begins without a namespace/.exec(line)?.[1]);
  assert.deepEqual(places.sort(), [
    'cameras[0].events.exclude[0]',
    'cameras[0].events.include[0]',
    'routes[0].match.topic',
    'triggers[0].on.topic',
  ]);
});

test('a camera that there is not is warned of, with the one that may be meant', async () => {
  const text = `${camera()}
routes: [{match: {camera: entrence}}, {match: {camera: "ent*"}}]
triggers: [{name: a, on: {camera: nobody}, do: [{publish: {topic: x}}]}]
`;
  const said = (await warnings(text)).join('\n');
  assert.match(
    said,
    /routes\[0\]\.match\.camera: there is no camera of that name \(did you mean `entrance`\?\)/,
  );
  assert.match(said, /triggers\[0\]\.on\.camera: there is no camera of that name$/m);
  assert.equal(said.split('\n').length, 2);
});

test('$NAME is taken as it stands, and is warned of without being shown', async () => {
  const [said, ...more] = await warnings('cameras: [{host: a, username: u, password: $AXIS_PASSWORD}]\n');
  assert.match(said ?? '', /cameras\[0\]\.password: is taken as it stands; a variable is `\$\{NAME\}`/);
  assert.deepEqual(more, []);
});

test('a label that no camera has is warned of, in a topic and in a match', async () => {
  const text = `${camera(', labels: {site: lund}')}
routes:
  - {topic: "{labels.side}/{device}/{topic}/{source}"}
  - {match: {labels: {area: door}}, broker: main, format: onvif}
  - {match: {labels: {site: malmo}}, broker: main, format: axis}
`;
  const said = (await warnings(text)).map(line => line.replace(/^\S+ /, ''));
  assert.deepEqual(said, [
    'routes[0].topic: names a label that no camera has (did you mean `site`?)',
    'routes[1].match.labels.?: is a label that no camera has: the route takes nothing',
    'routes[2].match.labels.?: has a value that this label has of no camera: the route takes nothing',
  ]);
});

describe('states that meet on one topic are warned of', () => {
  const two = `cameras:
  - {id: a, host: a, username: u, password: p, labels: {site: lund}}
  - {id: b, host: b, username: u, password: p, labels: {site: lund}}
`;
  const CASES: [routes: string, warning: RegExp | undefined][] = [
    ['[{topic: "x/{topic}/{source}"}]', /routes\[0\]\.topic: states of several cameras meet .*\(a, b\)/],
    ['[{topic: "x/{labels.site}/{topic}/{source}"}]', /states of several cameras meet/],
    ['[{topic: "x/{device}"}]', /names no \{topic\}: all states of a camera meet/],
    ['[{topic: "x/{device}/{topic}/{source}"}]', undefined],
    ['[{topic: "x/{topic}/{source}", match: {camera: a}}]', undefined],
    ['[{topic: "x/{topic}/{source}", retain: none}]', undefined],
    ['[{topic: "x/{topic}/{source}", match: {kind: event}}]', undefined],
  ];
  for (const [routes, warning] of CASES)
    test(routes, async () => {
      const said = await warnings(`${two}routes: ${routes}\n`);
      assert.equal(said.length, warning === undefined ? 0 : 1, said.join('\n'));
      if (warning !== undefined) assert.match(said[0] ?? '', warning);
    });
});

describe('routes that overlap at a broker are warned of', () => {
  const CASES: [second: string, warning: RegExp | undefined][] = [
    ['{qos: 2}', /routes\[1\]: takes events that routes\[0\] \(line 3\) sends to main too: on one topic/],
    [
      '{match: {topic: "tns1:Device/**", kind: event}, qos: 0}',
      /on one topic they are sent once, as the first/,
    ],
    ['{match: {topic: "*/*/tnsaxis:X"}}', /on one topic/],
    [
      '{topic: "x/{device}/{topic}/{source}", fields: [{name: text, do: drop}]}',
      /only one of the two has `fields`/,
    ],
    ['{topic: "x/{device}/{topic}/{source}"}', undefined],
    ['{match: {topic: "tnsaxis:A/**"}}', undefined],
    ['{match: {camera: nob*}}', undefined],
    ['{format: onvif}', undefined],
    ['{broker: site}', undefined],
  ];
  for (const [second, warning] of CASES)
    test(second, async () => {
      const brokers = 'brokers: {main: {url: mqtt://a}, site: {url: mqtt://b}}\n';
      const first = 'routes:\n  - {broker: main, match: {topic: "tns1:**"}}';
      const broker = second.includes('broker') ? second : second.replace('{', '{broker: main, ');
      const text = `${brokers}${first.replace('tns1:**', 'tns1:Device/**')}\n  - ${broker}\n${camera()}`;
      const said = await warnings(text);
      assert.equal(said.length, warning === undefined ? 0 : 1, said.join('\n'));
      if (warning !== undefined) assert.match(said[0] ?? '', warning);
    });
});

describe('a port of another protocol is warned of', () => {
  const CASES: [text: string, warning: RegExp][] = [
    [camera(', port: 443'), /cameras\[0\]\.port: is the port of https/],
    [camera(', port: 80, https: true'), /cameras\[0\]\.port: is the port of http:/],
    [camera(', rtspPort: 322'), /cameras\[0\]\.rtspPort: is the port of rtsps/],
    [camera(', rtspPort: 554, https: true'), /cameras\[0\]\.rtspPort: is the port of rtsp:/],
    [`defaults: {port: 443}\n${camera()}`, /defaults\.port: is the port of https/],
    [`${camera()}brokers: {main: {url: "mqtt://a:8883"}}`, /brokers\.main\.url: .*take `mqtts:\/\/`/],
    [`${camera()}brokers: {main: {url: "wss://a:80/x"}}`, /brokers\.main\.url: .*take `ws:\/\/`/],
  ];
  for (const [text, warning] of CASES)
    test(warning.source, async () => {
      const said = await warnings(text);
      assert.equal(said.length, 1, said.join('\n'));
      assert.match(said[0] ?? '', warning);
    });
  test('no other', async () => {
    const text = `defaults: {https: true, port: 443}\n${camera(', rtspPort: 322')}brokers: {main: {url: "mqtts://a:8883"}}`;
    assert.deepEqual(await warnings(text), []);
  });
});

describe('a password', () => {
  const file = (password: string) => `cameras:\n  - host: a\n    username: u\n    password: ${password}\n`;
  test('that a comment cuts short is warned of, unless it is quoted or a variable', async () => {
    const [said, ...more] = await warnings(file('abc #123'));
    assert.match(said ?? '', /^4:5 cameras\[0\]\.password: ends before ` #`, where a comment begins/);
    assert.deepEqual(more, []);
    assert.deepEqual(await warnings(file('"abc" # said by Ann')), []);
    assert.deepEqual(await warnings(file(`\${PW} # of the camera`), { env: { PW: 'x' } }), []);
    assert.deepEqual(await warnings(file('abc#123')), []);
  });

  test('that every user may read is warned of, in the file itself and in one that it names', async () => {
    const all = { isPublic: async () => true };
    assert.match((await warnings(file('abc'), all)).join(), /^4:5 \S+password: can be read by every user/);
    const named = 'cameras: [{host: a, username: u, passwordFile: pw}]\n';
    const given = { ...all, files: { '/etc/bridge/pw': 'x' } };
    const said = (await warnings(named, given)).join();
    assert.match(said, /^1:34 cameras\[0\]\.passwordFile: the file that it names can be read by every user/);
    assert.deepEqual(await warnings(file(`\${PW}`), { ...all, env: { PW: 'x' } }), []);
  });
});

test('keys that begin with x- are for anchors', async () => {
  const text = `x-site: &site {labels: {site: lund}, username: u, password: p}\ncameras: [{<<: *site, host: a}]\n`;
  assert.deepEqual(await warnings(text), []);
  assert.deepEqual((await config(text)).cameras[0]?.labels, { site: 'lund' });
});
