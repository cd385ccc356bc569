// What a device says of an error: its words in our errors, bounded, and never its login.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readOnvifFault } from '../../../src/protocol/onvif-fault.ts';
import { readSoapBody } from '../../../src/protocol/soap.ts';
import { errorOf, errorWords } from '../../../src/vapix/words.ts';
import { PASSWORD, startHttpDevice } from '../../support/http-device.ts';
import { connect, failure, get } from './helper.ts';

const FAULT = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault>
  <s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang="en">The clock
  is not set</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>`;

describe('the words of an error', () => {
  const rows: [text: string, words: string | undefined][] = [
    ['{"error":{"code":2104,"message":"Invalid port"}}', 'error 2104, Invalid port'],
    ['{"error":"busy"}', 'busy'],
    ['{"errorMsg":"License has expired"}', 'License has expired'],
    ['{"error":true,"errorMsg":"License has expired"}', 'License has expired'],
    ['{"Fault":"env:Sender","FaultReason":"No such door"}', 'No such door'],
    ['{"error":{"code":{"deep":1},"message":["x"]}}', undefined],
    ['{"in":1', undefined],
    [FAULT, 'The clock is not set'],
    ['<Fault><faultstring>No</faultstring></Fault>', 'No'],
    ['<r><Error><ErrorCode>1</ErrorCode><ErrorDescription>No port</ErrorDescription></Error></r>', 'No port'],
    ['# Error: Error getting param in group X', '# Error: Error getting param in group X'],
    ['Error:\r\nNo such preset', 'Error: No such preset'],
    ['<html><title>Not found</title><h1>404</h1></html>', undefined],
    ['port1=0', undefined],
    ['', undefined],
    [`Error: ${'x'.repeat(5000)}`, `Error: ${'x'.repeat(193)}`],
  ];
  for (const [text, words] of rows) test(text.slice(0, 60), () => assert.equal(errorWords(text), words));
});

describe('an answer is an error', () => {
  const rows: [fields: object, is: boolean][] = [
    [{ error: {} }, true],
    [{ error: 'x' }, true],
    [{ error: 7 }, true],
    [{ errorMsg: 'x' }, true],
    [{ Fault: 'env:Sender' }, true],
    [{ error: null, data: {} }, false],
    [{ error: 0 }, false],
    [{ error: '' }, false],
    [{ error: false }, false],
    [{ in: 1 }, false],
  ];
  for (const [fields, is] of rows)
    test(JSON.stringify(fields), () => assert.equal(errorOf({ ...fields }) !== undefined, is));

  test('however deep it is', () => {
    const deep = JSON.parse(`{"error":${'{"code":'.repeat(100_000)}1${'}'.repeat(100_000)}}`);
    assert.equal(errorOf(deep), '');
  });
});

test('the Reason of a fault stands in the error', () => {
  const fault = readOnvifFault(readSoapBody(FAULT), 'GetServices');
  assert.match(fault?.error.message ?? '', /fault "Sender": "The clock is not set"$/);
});

test('the device’s words stand in the error of a refused request; its login does not', async t => {
  const login = Buffer.from(`root:${PASSWORD}`).toString('base64');
  const answers: Record<string, string> = {
    '/json': '{"error":{"code":2106,"message":"Authentication failed"}}',
    '/echo': `Error: no, ${PASSWORD}, Basic ${login}, ${encodeURIComponent(PASSWORD)}`,
    '/html': `<html>${PASSWORD}</html>`,
  };
  const device = await startHttpDevice(
    t,
    ({ url }, response) => void response.writeHead(400).end(answers[url]),
  );
  const client = connect(t, device.address);
  const words = async (path: string) =>
    (await failure(client.request(get(path)))).message.replace(/^.*HTTP /, '');
  assert.equal(await words('/json'), '400, "error 2106, Authentication failed"');
  assert.match(await words('/echo'), /^400, "Error: no, \[secret\], Basic \[secret\], \[secret\]"$/);
  assert.equal(await words('/html'), '400');
  const { text } = await client.request({ ...get('/echo'), faults: true });
  assert.equal(text.includes(PASSWORD), false);
});
