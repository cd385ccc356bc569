// Every way to a broker carries every message unchanged: {3.1.1, 5} × {tcp, tls, mtls, ws, wss} × {QoS 0, 1, 2}.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { BrokerOptions } from '../../src/mqtt/types.ts';
import { makeCertificates } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { entry } from '../support/memory-queue.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { need } from '../support/need.ts';
import { isUp, startPublisher } from '../support/publisher.ts';
import { type Received, subscribe } from '../support/subscriber.ts';

interface Way {
  name: string;
  url: string;
  tls?: BrokerOptions['tls'];
}

/** One mosquitto with a listener for each way; `plain` is for the subscriber. */
async function startWays(t: TestContext): Promise<{ plain: string; ways: Way[] }> {
  const { ca, server, client } = makeCertificates(t);
  const files = [`cafile ${ca.file}`, `certfile ${server.cert.file}`, `keyfile ${server.key.file}`];
  const own = { ca: ca.text, cert: client.cert.text, key: client.key.text };
  const listeners: Record<string, { scheme: string; lines: string[]; tls?: BrokerOptions['tls'] }> = {
    tls: { scheme: 'mqtts', lines: files, tls: { ca: ca.text } },
    mtls: { scheme: 'mqtts', lines: [...files, 'require_certificate true'], tls: own },
    ws: { scheme: 'ws', lines: ['protocol websockets'] },
    wss: { scheme: 'wss', lines: ['protocol websockets', ...files.slice(1)], tls: { ca: ca.text } },
  };
  const config = ['max_queued_messages 0'];
  const ways: Way[] = [];
  for (const [name, { scheme, lines, tls }] of Object.entries(listeners)) {
    const port = await freePort();
    config.push(`listener ${port} 127.0.0.1`, ...lines);
    const url = `${scheme}://127.0.0.1:${port}`;
    ways.push({ name, url, ...(tls === undefined ? {} : { tls }) });
  }
  const { url } = await startMosquitto(t, { config });
  return { plain: url, ways: [{ name: 'tcp', url }, ...ways] };
}

/** Sizes around each step of MQTT's lengths (§1.5.5) and of a write's buffer, and text of one to four bytes a character. */
const PAYLOADS = [
  ...[1, 2, 50, 51, 52, 127, 128, 129, 16_300, 16_383, 16_384, 65_535, 65_536, 200_000].map(size =>
    'x'.repeat(size),
  ),
  '{"text":"Eingång 入口 🚪"}',
  '🚪'.repeat(20_000),
  '\n\t"quoted" \\ \u0001',
];

const TOPICS = ['axis2mqtt/entrance/event/Device/IO/Port/port=1', 'axis2mqtt/entré/入口/🚪'];

function carried({ topic, payload, qos, properties }: Received) {
  const { userProperties: { id, seq, device } = {} } = properties ?? {};
  return { topic, payload, qos, id, seq, device };
}

test('all ways to mosquitto carry all messages, byte for byte and in order', need('mosquitto'), async t => {
  const { plain, ways } = await startWays(t);
  for (const protocolVersion of [4, 5] as const) {
    for (const { name, url, tls } of ways) {
      for (const qos of [0, 1, 2] as const) {
        await t.test(`MQTT ${protocolVersion}, ${name}, QoS ${qos}`, async t => {
          const subscriber = await subscribe(t, plain, { filter: 'axis2mqtt/+/+/#' });
          const sent = PAYLOADS.flatMap((payload, index) =>
            TOPICS.map((topic, place) =>
              entry({ topic, payload, qos, id: `ä${index}`, seq: 2 * index + place, device: 'entré' }),
            ),
          );
          const options = tls === undefined ? { protocolVersion } : { protocolVersion, tls };
          const { queue, stop, until } = startPublisher(t, url, { broker: options });
          queue.append(...sent);
          await queue.empty();
          const ofEvents = (received: Received[]) => received.filter(({ topic }) => TOPICS.includes(topic));
          await subscriber.until(received => ofEvents(received).length >= sent.length);
          const expected = sent.map(({ topic, payload, id, seq, device }) => {
            const said = protocolVersion === 5 ? { id, seq: String(seq), device } : {};
            return { topic, payload, qos, id: undefined, seq: undefined, device: undefined, ...said };
          });
          assert.deepEqual(ofEvents(subscriber.received).map(carried), expected);
          assert.deepEqual(await until(isUp), { state: 'up', server: url, version: protocolVersion });
          await stop();
        });
      }
    }
  }
});
