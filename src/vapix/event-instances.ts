// GetEventInstances: asks a device for the declarations of its events (PROTOCOLS 4).
import type { Declarations } from '../event.ts';
import { decodeEventInstancesInSteps } from '../protocol/event-instances.ts';
import { soapEnvelope } from '../protocol/soap.ts';
import { inTurns } from '../util/steps.ts';
import type { VapixClient } from './client.ts';

const NAMESPACE = 'http://www.axis.com/vapix/ws/event1';
const CONTENT_TYPE = `application/soap+xml; action=${NAMESPACE}/GetEventInstances; charset=utf-8`;
const REQUEST = `<GetEventInstances xmlns="${NAMESPACE}"/>`;

/**
 * Asks a device for its declarations. Rejects with the errors of the client, PROTOCOL where they make no sense.
 * `decode`: another way to read the answer, such as one that remembers.
 */
export async function fetchEventInstances(
  client: VapixClient,
  {
    decode = text => inTurns(decodeEventInstancesInSteps(text)),
    ...options
  }: { signal?: AbortSignal; decode?(text: string): Declarations | Promise<Declarations> } = {},
): Promise<Declarations> {
  const { text } = await client.request({
    method: 'POST',
    path: '/vapix/services',
    contentType: CONTENT_TYPE,
    body: soapEnvelope({ body: REQUEST }),
    ...options,
  });
  return decode(text);
}
