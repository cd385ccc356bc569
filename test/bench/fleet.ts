// A process of simulated devices, told over IPC what load to send.
import { createFleet } from '../../src/simulator/simulator.ts';

interface Order {
  ratePerSecond?: number;
  saturate?: boolean;
  batch?: number;
  kind?: 'event' | 'property';
}

const count = Number(process.argv[2]);
const fleet = createFleet({ count, address: 'loopback', device: { username: 'bench', password: 'bench' } });
const members = await fleet.start();
let ending: AbortController | undefined;

process.on('message', (order: Order) => {
  ending?.abort();
  ending = new AbortController();
  if (order.saturate || order.ratePerSecond) fleet.load({ ...order, signal: ending.signal });
});
process.on('SIGTERM', () => process.exit(0));
process.send?.(members.map(({ host, httpPort, rtspPort }) => ({ host, httpPort, rtspPort })));
