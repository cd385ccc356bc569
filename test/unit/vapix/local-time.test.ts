import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeOffset, fetchUtc, offsetByDate, parseLocal } from '../../../src/vapix/local-time.ts';
import { type Answer, startHttpDevice } from '../../support/http-device.ts';
import { codeOf, connect } from './helper.ts';

const HOUR = 3_600_000;
const timeOf = (data: object) => JSON.stringify({ apiVersion: '1.0', data });
const { signal } = new AbortController();

test('parseLocal reads YYYYMMDDhhmmss, and no time that does not exist', () => {
  assert.equal(parseLocal('20170503112756'), Date.UTC(2017, 4, 3, 11, 27, 56));
  for (const text of ['20171303112756', '20170503', '2017050311275x', '', 20170503112756, null])
    assert.equal(parseLocal(text), undefined);
});

test('decodeOffset reads how far local time is from UTC, with or without a zone beside it', () => {
  const offset = (dateTime: unknown, localDateTime: unknown) =>
    decodeOffset(timeOf({ dateTime, localDateTime }));
  assert.equal(offset('2019-08-20T06:51:59Z', '2019-08-20T08:51:59'), 2 * HOUR);
  assert.equal(offset('2019-08-20T06:51:59Z', '2019-08-20T08:51:59+02:00'), 2 * HOUR);
  assert.equal(offset('2019-08-20T02:51:59Z', '2019-08-19T17:21:59'), -9.5 * HOUR);
  assert.equal(offset('2019-08-20T06:51:59Z', '2019-08-25T06:51:59'), undefined);
  assert.equal(offset('2019-08-20T06:51:59Z', undefined), undefined);
  assert.equal(offset({}, 'yesterday'), undefined);
});

test('offsetByDate takes the nearest quarter of an hour, where the time is that of the answer', () => {
  const date = 'Tue, 20 Aug 2019 06:51:59 GMT';
  const local = (hour: number, minute: number, second: number) => Date.UTC(2019, 7, 20, hour, minute, second);
  assert.equal(offsetByDate(local(8, 51, 58), date), 2 * HOUR);
  assert.equal(offsetByDate(local(12, 37, 3), date), 5.75 * HOUR);
  assert.equal(offsetByDate(local(8, 55, 0), date), undefined);
  assert.equal(offsetByDate(local(8, 51, 58), undefined), undefined);
});

async function fetch(t: Parameters<typeof connect>[0], answer: Answer, date?: string) {
  const device = await startHttpDevice(t, answer);
  const client = connect(t, device.address);
  return fetchUtc(client, { text: '20170503112756', date }, { signal });
}

test('fetchUtc asks time.cgi, else takes the Date header, else says nothing', async t => {
  const knows: Answer = (_, response) =>
    void response.end(timeOf({ dateTime: '2017-05-03T09:27:56Z', localDateTime: '2017-05-03T11:27:56' }));
  const lacks: Answer = (_, response) => void response.writeHead(404).end();
  const date = 'Wed, 03 May 2017 09:27:57 GMT';
  assert.equal(await fetch(t, knows), '2017-05-03T09:27:56.000Z');
  assert.equal(await fetch(t, lacks, date), '2017-05-03T09:27:56.000Z');
  assert.equal(await fetch(t, lacks), null);
  assert.equal(await codeOf(fetch(t, (_, response) => void response.destroy(), date)), 'CLOSED');
});
