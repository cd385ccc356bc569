// Listening over the WebSocket to a scripted device.
import type { TestContext } from 'node:test';
import type { SourceContext } from '../../../src/sources/source.ts';
import { websocket } from '../../../src/sources/websocket/websocket.ts';
import type { DeviceAddress } from '../../../src/vapix/address.ts';
import { listen as listenTo, until } from '../../support/listen.ts';
import { type Script, serveWebSocket } from '../../support/scripted-websocket.ts';

/** Listens over the WebSocket. */
export const listen = (
  t: TestContext,
  { address }: { address: DeviceAddress },
  changes: Partial<SourceContext> = {},
) => listenTo(t, { source: websocket, address, ...changes });

/** Listens to a device with that script, once the stream is open. */
export async function open(t: TestContext, script: Script = {}, changes: Partial<SourceContext> = {}) {
  const server = await serveWebSocket(t, script);
  const listening = listen(t, server, changes);
  await until(() => listening.opened.length === 1);
  return { server, ...listening };
}
