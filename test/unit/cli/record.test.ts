// What a recorder keeps, and what it leaves out since it could not be made safe.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createRecorder } from '../../../src/cli/events/record.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { CameraConfig } from '../../../src/config/types.ts';
import { isBridgeError } from '../../../src/util/errors.ts';
import { tempDir } from '../../support/temp.ts';

const PASSWORD = 'correct-horse';

async function makeCamera(): Promise<CameraConfig> {
  const text = JSON.stringify({
    cameras: [{ id: 'a', host: '192.0.2.9', username: 'u7', password: PASSWORD }],
  });
  const result = await loadConfig({ file: 'a.yaml', env: {}, readFile: async () => Buffer.from(text) });
  const camera = result.ok ? result.config.cameras[0] : undefined;
  assert.ok(camera);
  return camera;
}

async function record(
  t: TestContext,
  documents: Iterable<Buffer | string>,
  via: 'rtsp' | 'websocket' = 'rtsp',
) {
  const directory = join(await tempDir(t), 'cases');
  const recorder = createRecorder({ camera: await makeCamera(), directory, keepSerial: false });
  for (const document of documents) recorder.take({ via, bytes: Buffer.from(document) });
  recorder.heard('ACCC8E123456');
  const said = await recorder.write();
  const format = via === 'rtsp' ? 'metadata' : 'websocket';
  const folder = join(directory, format);
  return { folder, said, names: existsSync(folder) ? readdirSync(folder).sort() : [] };
}

/** A metadata document of one event. */
function document(topic: string, value: string, name = 'a'): string {
  return (
    '<tt:MetadataStream xmlns:tt="http://www.onvif.org/ver10/schema"><tt:Event>' +
    '<wsnt:NotificationMessage xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2">' +
    `<wsnt:Topic>${topic}</wsnt:Topic><wsnt:Message><tt:Message UtcTime="2026-11-22T08:00:00Z"><tt:Data>` +
    `<tt:SimpleItem Name="${name}" Value="${value}"/></tt:Data></tt:Message></wsnt:Message>` +
    '</wsnt:NotificationMessage></tt:Event></tt:MetadataStream>'
  );
}

test('one case a topic and operation, under a name that is a file name', async t => {
  const topics = ['tns1:A/tnsaxis:B', 'tns1:A/tnsaxis:B', '../../../etc/passwd', `tns1:${'x'.repeat(300)}`];
  const { names, said } = await record(
    t,
    topics.map(topic => document(topic, '1')),
  );
  assert.deepEqual(names, ['A-B-event', '__-__-__-etc-passwd-event', 'x'.repeat(150)]);
  assert.match(said, /^3 cases in .*\/cases\. Read them/);
});

test('messages of the WebSocket are JSON, the answers among them too', async t => {
  const notification = { topic: 'tns1:A', message: { data: { token: 'abc', state: '1' } } };
  const event = { apiVersion: '1.0', method: 'events:notify', params: { notification } };
  const answer = { apiVersion: '1.0', method: 'events:configure', data: {} };
  const documents = [event, answer].map(message => JSON.stringify(message));
  const { folder, names } = await record(t, documents, 'websocket');
  assert.deepEqual(names, ['A-event', 'empty']);
  const [expected] = JSON.parse(readFileSync(join(folder, 'A-event', 'expected.json'), 'utf8'));
  assert.deepEqual(expected.data, { token: 'REMOVED', state: '1' });
});

test('what hides a secret in a way that is not seen in its bytes is left out', async t => {
  const hidden = [...PASSWORD].map(character => `&#${character.charCodeAt(0)};`).join('');
  const utf16 = Buffer.from(`\ufeff${document('tns1:D', PASSWORD)}`, 'utf16le');
  const swapped = document('tns1:C', 'x').replace('Name="a" Value="x"', 'Value="s3cret" Name="apiKey"');
  const { names, said } = await record(t, [
    document('tns1:A', 'fine'),
    document('tns1:B', hidden),
    swapped,
    utf16,
  ]);
  assert.deepEqual(names, ['A-event']);
  assert.match(said, /^1 cases in .*; 3 left out/);
});

test('a password that is a word of the document leaves that out rather than breaking it', async t => {
  const directory = join(await tempDir(t), 'cases');
  const { password } = await makeCamera();
  const camera = { ...(await makeCamera()), password: { ...password, reveal: () => 'SimpleItem Name="a' } };
  const recorder = createRecorder({ camera, directory, keepSerial: false });
  recorder.take({ via: 'rtsp', bytes: Buffer.from(document('tns1:A', '1')) });
  assert.match(await recorder.write(), /^0 cases in .*; 1 left out/);
});

test('a device that invents topics does not fill the disk', async t => {
  const many = Array.from({ length: 1005 }, (_, index) => document(`tns1:A/B${index}`, '1'));
  const { names } = await record(t, many);
  assert.equal(names.length, 1000);
});

test('a folder that cannot be written is wrong usage', async () => {
  const recorder = createRecorder({
    camera: await makeCamera(),
    directory: '/dev/null/x',
    keepSerial: false,
  });
  recorder.take({ via: 'rtsp', bytes: Buffer.from(document('tns1:A', '1')) });
  await assert.rejects(recorder.write(), error => isBridgeError(error) && error.code === 'CONFIG');
});
