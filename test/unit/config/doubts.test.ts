// What is valid and will hardly do what is meant.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { warnings } from './helper.ts';

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
