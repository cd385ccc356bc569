// The floor: mqtt.js alone, publishing ready payloads at QoS 1, at full speed with a window of 1,000 or at a pace.
import { connectAsync } from 'mqtt';

const [url = '', rate = '0', ...payloads] = process.argv.slice(2);
const WINDOW = 1000;
const client = await connectAsync(url, { protocolVersion: 5, reconnectPeriod: 0, clientId: 'floor' });
const perMs = Number(rate) / 1000;
const started = performance.now();
let sent = 0;
let done = 0;
let planned = false;

function publish(): void {
  const payload = payloads[sent % payloads.length] ?? '';
  // As the events of the load: the time of sending in microseconds.
  const now = Math.round((performance.timeOrigin + performance.now()) * 1000);
  const stamped = perMs > 0 ? payload.replace(/"sent":"?\d+"?/, `"sent":${now}`) : payload;
  sent += 1;
  client.publish(`bench/floor/${sent % 10}`, stamped, { qos: 1, retain: false }, () => {
    done += 1;
    if (perMs === 0) plan();
  });
}

function plan(): void {
  if (planned) return;
  planned = true;
  setImmediate(() => {
    planned = false;
    while (sent - done < WINDOW) publish();
  });
}

function pace(): void {
  const due = Math.floor((performance.now() - started) * perMs);
  while (sent < due) publish();
}

if (perMs > 0) setInterval(pace, 1);
else plan();
process.on('message', () => process.send?.({ done }));
process.on('SIGTERM', () => process.exit(0));
process.send?.('ready');
