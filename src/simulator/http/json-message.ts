// An event as JSON, as the WebSocket stream and the device's own MQTT client say it (PROTOCOLS 2.3, 5.3).
import type { Pair } from '../items.ts';
import type { Message } from '../rtsp/metadata.ts';

interface JsonMessage {
  topic: string;
  /** Epoch milliseconds. */
  timestamp: number;
  message: { source: Values; key: Values; data: Values };
}

type Values = Record<string, string>;

/** The message with its topic as it is; of items with one name the last one counts. */
export function jsonMessage({ topic, time, source, key, data = [] }: Message): JsonMessage {
  const message = { source: values(source), key: values(key), data: values(data) };
  return { topic, timestamp: Date.parse(time), message };
}

function values(pairs: readonly Pair[]): Values {
  return Object.fromEntries(pairs);
}
