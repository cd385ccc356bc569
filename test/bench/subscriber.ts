// A subscriber that measures: how long each message took from its `sent` stamp, in microseconds.
import { connectAsync } from 'mqtt';

const [url = '', filter = '#'] = process.argv.slice(2);
const client = await connectAsync(url, { protocolVersion: 5, clientId: `bench-${filter.length}` });
let delays: number[] = [];
let sample = '';

client.on('message', (_topic, payload) => {
  const now = (performance.timeOrigin + performance.now()) * 1000;
  const text = payload.toString();
  const sent = /"sent":"?(\d+)/.exec(text)?.[1];
  if (sent === undefined) return;
  delays.push(now - Number(sent));
  sample = text;
});
await client.subscribeAsync(filter, { qos: 0 });
process.on('message', () => {
  const sorted = delays.sort((a, b) => a - b);
  delays = [];
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  process.send?.({ count: sorted.length, p50: at(0.5), p99: at(0.99), sample });
});
process.on('SIGTERM', () => process.exit(0));
process.send?.('ready');
