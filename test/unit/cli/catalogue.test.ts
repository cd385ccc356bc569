// What a catalogue counts, and the configuration that it suggests.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCatalogue } from '../../../src/cli/events/catalogue.ts';
import { catalogueText } from '../../../src/cli/events/catalogue-report.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { CameraEvent } from '../../../src/event.ts';
import { normalize } from '../../../src/normalize/normalize.ts';
import { declared, items, saidPulse } from '../../support/notification.ts';

function event(topic: string, port = '1', text = ''): CameraEvent {
  const notification = saidPulse({ topic, source: items({ port }), data: items({ text }) });
  return normalize(notification, {
    ...{ device: 'a', serial: '', labels: {}, received: 0, id: '', operation: 'changed', resync: false },
    ...{ declaration: declared({ topic, property: false }), cut: undefined, dropped: undefined },
  });
}

test('counts by topic and source; rate, median and largest size, the most frequent first', () => {
  const catalogue = createCatalogue();
  for (const length of [1, 1, 1, 500, 1]) catalogue.add(event('tns1:A', '1', 'x'.repeat(length)));
  catalogue.add(event('tns1:A', '2'));
  const [first, second, ...more] = catalogue.places(120_000);
  assert.deepEqual(more, []);
  assert.deepEqual([first?.source, first?.count, first?.perMinute], [{ port: 1 }, 5, 2.5]);
  assert.equal((first?.size.max ?? 0) - (first?.size.median ?? 0), 499);
  assert.deepEqual([second?.source, second?.count, second?.perMinute], [{ port: 2 }, 1, 0.5]);
});

test('a device that invents topics without end does not grow it without end', () => {
  const catalogue = createCatalogue();
  for (let index = 0; index < 10_050; index++) catalogue.add(event(`tns1:A/B${index}`));
  catalogue.add(event('tns1:A/B7'));
  assert.equal(catalogue.places(1000).length, 10_000);
  assert.equal(catalogue.left, 50);
  assert.equal(catalogue.places(1000)[0]?.topic, 'tns1:A/B7');
});

test('the suggested events are YAML that a camera takes, whatever the topics are called', async () => {
  const catalogue = createCatalogue();
  const odd = ['tns1:A: b', 'tns1:"\\', "tns1:'", 'tns1:A/timer\n- x'];
  odd.push('tns1:#/b', '*', `c/\${PASSWORD}`, 'tns1:B');
  for (const topic of odd) catalogue.add(event(topic));
  const text = catalogueText({ catalogue, ms: 1000, exclude: ['**/timer', 'tns1:B'] });
  const events = text.slice(text.indexOf('events:')).replaceAll(/^/gm, '    ');
  const yaml = `cameras:\n  - host: 192.0.2.1\n    username: u\n    password: p\n${events}`;
  const result = await loadConfig({ file: 'a.yaml', env: {}, readFile: async () => Buffer.from(yaml) });
  assert.ok(result.ok, JSON.stringify(result.ok ? '' : result.problems));
  const { include, exclude } = result.config.cameras[0]?.events ?? {};
  assert.deepEqual(include?.toSorted(), [...odd.slice(0, -4), '*/b', '*', 'c/*'].toSorted());
  assert.deepEqual(exclude, ['**/timer', 'tns1:B']);
});
