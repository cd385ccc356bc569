// What the tests of the client share: a client that ends with its test, and what a request failed with.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { inspect } from 'node:util';
import type { ErrorCode } from '../../../src/util/errors.ts';
import type { DeviceAddress } from '../../../src/vapix/address.ts';
import { createVapixClient, type VapixClient, type VapixClientOptions } from '../../../src/vapix/client.ts';
import { type Answer, PASSWORD } from '../../support/http-device.ts';

export const ok: Answer = (_request, response) => void response.end('fine');
export const get = (path = '/') => ({ method: 'GET', path }) as const;

export function connect(
  t: TestContext,
  address: DeviceAddress,
  options: Partial<VapixClientOptions> = {},
): VapixClient {
  const client = createVapixClient({ address, signal: new AbortController().signal, ...options });
  t.after(() => client.close());
  return client;
}

/** What a request failed with, none of whose text may hold the password or an answer to a challenge. */
export async function failure(
  request: Promise<unknown>,
): Promise<Error & { code?: ErrorCode; retryAfter?: number }> {
  const error: unknown = await request.then(
    () => assert.fail('it did not fail'),
    reason => reason,
  );
  assert.ok(error instanceof Error);
  const shown = inspect(error, { depth: 30, showHidden: true }) + JSON.stringify(error) + error.stack;
  for (const canary of [PASSWORD, Buffer.from(`root:${PASSWORD}`).toString('base64'), 'response=', 'Axios']) {
    assert.ok(!shown.includes(canary), `${canary} in ${shown}`);
  }
  return error;
}

export async function codeOf(request: Promise<unknown>): Promise<ErrorCode | undefined> {
  return (await failure(request)).code;
}
