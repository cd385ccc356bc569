// What Prometheus reads: the ledger and the state of the parts, gathered when it asks.
import { Gauge, Registry } from 'prom-client';

const GAUGES = {
  events: {
    help: 'Events of a device by what became of them; received = kept + filtered + merged',
    labelNames: ['device', 'outcome'],
  },
  messages: {
    help: 'Messages of a device for a broker by what became of them',
    labelNames: ['device', 'broker', 'outcome'],
  },
  queued_bytes: { help: 'Size of what waits for a broker', labelNames: ['device', 'broker'] },
  source: {
    help: 'What the source of a camera met since its start: bytes, documents, badDocuments, rtpGaps',
    labelNames: ['camera', 'counter'],
  },
  commands: { help: 'Commands for a device by what became of them', labelNames: ['device', 'outcome'] },
  triggers: { help: 'What a trigger did, or heard and did not act on', labelNames: ['trigger', 'outcome'] },
  device_online: { help: '1 if the device is heard', labelNames: ['device'] },
  ready: { help: '1 if all that is heard can go through to every broker', labelNames: [] },
  trouble: { help: '1 while this lets nothing through', labelNames: ['reason', 'broker'] },
  broker_connected: { help: '1 if the bridge is connected to the broker', labelNames: ['broker'] },
} as const;

/** One value of a gauge with its labels. */
export interface Sample {
  gauge: keyof typeof GAUGES;
  labels: Record<string, string>;
  value: number;
}

export interface Metrics {
  /** Text in Prometheus' format, and its content type. */
  read(): Promise<{ type: string; body: string }>;
}

/** Makes the metrics; `samples` gives the gauges' values at the moment of asking. */
export function createMetrics(samples: () => Iterable<Sample>): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const gauges = new Map<string, Gauge<string>>();
  for (const [name, { help, labelNames }] of Object.entries(GAUGES)) {
    gauges.set(name, new Gauge({ name: `axis2mqtt_${name}`, help, labelNames, registers }));
  }

  return {
    async read() {
      for (const { gauge, labels, value } of samples()) gauges.get(gauge)?.set(labels, value);
      const body = await registry.metrics();
      // What they hold is made anew for each reading, and would cost each device more than its connection.
      for (const gauge of gauges.values()) gauge.reset();
      return { type: registry.contentType, body };
    },
  };
}
