// What Prometheus reads: the ledger and the parts' counters, gathered when it asks.
import { Counter, Gauge, Registry } from 'prom-client';

/** The state of the house at the moment of asking. */
export interface Snapshot {
  devices: readonly {
    device: string;
    online: boolean;
    counts: Readonly<Record<string, number>>;
    brokers: Readonly<Record<string, Readonly<Record<string, number>>>>;
  }[];
  brokers: readonly { broker: string; connected: boolean }[];
}

export interface Metrics {
  /** A source's counter, such as `badDocuments`. */
  count(camera: string, counter: string, by: number): void;
  /** Text in Prometheus' format, and its content type. */
  read(): Promise<{ type: string; body: string }>;
}

export function createMetrics(snapshot: () => Snapshot): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const source = new Counter({
    name: 'axis2mqtt_source_total',
    help: 'What the source of a camera met: bytes, documents, badDocuments, rtpGaps',
    labelNames: ['camera', 'counter'],
    registers,
  });
  const events = new Gauge({
    name: 'axis2mqtt_events',
    help: 'Events of a device by what became of them; received = kept + filtered + merged',
    labelNames: ['device', 'outcome'],
    registers,
  });
  const messages = new Gauge({
    name: 'axis2mqtt_messages',
    help: 'Messages of a device for a broker by what became of them; bytes: what of them is queued',
    labelNames: ['device', 'broker', 'outcome'],
    registers,
  });
  const online = new Gauge({
    name: 'axis2mqtt_device_online',
    help: '1 if it is heard',
    labelNames: ['device'],
    registers,
  });
  const connected = new Gauge({
    name: 'axis2mqtt_broker_connected',
    help: '1 if the bridge is connected to it',
    labelNames: ['broker'],
    registers,
  });

  const gather = () => {
    for (const gauge of [events, messages, online, connected]) gauge.reset();
    const { devices, brokers } = snapshot();
    for (const { device, online: is, counts, brokers: sums } of devices) {
      online.set({ device }, is ? 1 : 0);
      for (const [outcome, value] of Object.entries(counts)) events.set({ device, outcome }, value);
      for (const [broker, outcomes] of Object.entries(sums)) {
        for (const [outcome, value] of Object.entries(outcomes))
          messages.set({ device, broker, outcome }, value);
      }
    }
    for (const { broker, connected: is } of brokers) connected.set({ broker }, is ? 1 : 0);
  };

  return {
    count: (camera, counter, by) => source.inc({ camera, counter }, by),
    async read() {
      gather();
      return { type: registry.contentType, body: await registry.metrics() };
    },
  };
}
