import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBridgeError } from '../../../src/util/errors.ts';
import { decodeJson } from '../../../src/vapix/json.ts';
import { needCorpus, readCorpus } from '../../support/corpus.ts';

test('decodeJson gives the data, empty where there is none', () => {
  assert.deepEqual(decodeJson('{"apiVersion":"1.0","data":{"a":1}}', 'x'), { a: 1 });
  for (const text of [
    '{"apiVersion":"1.0"}',
    '{"error":null}',
    '{"data":null}',
    '{"data":[1]}',
    '{"data":"x"}',
  ]) {
    assert.deepEqual(decodeJson(text, 'x'), {});
  }
});

test('decodeJson makes an error that came with HTTP 200 REFUSED, with code and message, bounded', () => {
  const message = `Oops\n${'x'.repeat(1000)}`;
  const text = JSON.stringify({ apiVersion: '1.0', data: {}, error: { code: 2003, message } });
  assert.throws(
    () => decodeJson(text, 'getPorts'),
    (error: Error) => {
      assert.ok(isBridgeError(error) && error.code === 'REFUSED');
      assert.match(error.message, /^getPorts: "error 2003, Oops xxx/);
      return error.message.length < 250;
    },
  );
  assert.throws(() => decodeJson('{"error":{}}', 'x'), { code: 'REFUSED' });
});

test('decodeJson makes anything but a JSON object PROTOCOL, without quoting it', () => {
  for (const text of ['', 'canary', '[]', '"canary"', 'null', '{"canary":', '<html>canary</html>']) {
    assert.throws(() => decodeJson(text, 'x'), {
      code: 'PROTOCOL',
      message: 'x: the answer is no JSON object',
    });
  }
});

test('real answers are data or one clear error', needCorpus('vapix'), () => {
  for (const [name, text] of readCorpus('vapix', /\.json$/)) {
    try {
      assert.equal(typeof decodeJson(text, name), 'object');
    } catch (error) {
      assert.ok(isBridgeError(error) && error.code === 'REFUSED', name);
      assert.match(text, /"error"/);
    }
  }
});
