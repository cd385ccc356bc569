// PUBLISH and PUBREL as bytes (MQTT 3.1.1 and 5, sections 3.3 and 3.6). The hot path: mqtt.js, which does all the rest,
// would spend four times the CPU of the whole publisher on a message with user properties.
import type { Message, ProtocolVersion } from './types.ts';

/** Lengths that both the size check and the writer need. */
export interface PublishSize {
  topic: number;
  payload: number;
  properties: number;
  remaining: number;
  /** The whole packet, in bytes. */
  total: number;
}

const MAX_STRING = 0xffff;
const MAX_REMAINING = 268_435_455;
// What no topic may hold (MQTT 5 §3.3.2.1), and what brokers may end the connection for (§1.5.4).
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const BAD_TOPIC = /[+#\u0000-\u001f\u007f-\u009f\ufdd0-\ufdef\ufffe\uffff]/;

// Payload Format Indicator 1 (UTF-8), Content Type (§3.3.2.3.2, §3.3.2.3.9).
const JSON_TEXT = Buffer.from('\x01\x01\x03\x00\x10application/json', 'latin1');
const EXPIRY = 0x02;
const EXPIRY_SIZE = 5;
// Correlation Data (§3.3.2.3.6): identifier, length.
const CORRELATION = 0x09;
const CORRELATION_HEAD = 3;
// User Property (§3.3.2.3.7) up to the value: identifier, name.
const ID = Buffer.from('\x26\x00\x02id', 'latin1');
const SEQ = Buffer.from('\x26\x00\x03seq', 'latin1');
const DEVICE = Buffer.from('\x26\x00\x06device', 'latin1');
const VALUE_LENGTHS = 3 * 2;

export const PUBREL_SIZE = 4;

/** Why a message cannot be sent to a broker that takes `maximum` bytes, undefined where it can. It would end the connection. */
export function problemOf({ topic }: Message, size: PublishSize, maximum: number): string | undefined {
  if (topic === '') return 'empty topic';
  if (size.topic > MAX_STRING) return 'topic longer than 65,535 bytes';
  if (BAD_TOPIC.test(topic)) return 'topic with a wildcard or a control character';
  if (size.total > maximum || size.remaining > MAX_REMAINING) return 'packet too large';
  return undefined;
}

/** Measures the PUBLISH packet of a message. */
export function measure(message: Message, version: ProtocolVersion): PublishSize {
  const topic = Buffer.byteLength(message.topic);
  const payload = Buffer.byteLength(message.payload);
  const properties = version === 5 ? measureProperties(message) : 0;
  const propertiesField = version === 5 ? varintSize(properties) + properties : 0;
  const remaining = 2 + topic + (message.qos === 0 ? 0 : 2) + propertiesField + payload;
  return { topic, payload, properties, remaining, total: 1 + varintSize(remaining) + remaining };
}

function measureProperties({ payload, expiry, id, seq, device, correlation }: Message): number {
  let size = payload === '' ? 0 : JSON_TEXT.length;
  if (expiry > 0) size += EXPIRY_SIZE;
  if (correlation !== undefined) size += CORRELATION_HEAD + Buffer.byteLength(correlation, 'base64');
  if (id === '') return size;
  const values = Buffer.byteLength(id) + String(seq).length + Buffer.byteLength(device);
  return size + ID.length + SEQ.length + DEVICE.length + VALUE_LENGTHS + values;
}

/** Writes the PUBLISH packet of a message at `at`, where `size.total` bytes are free; returns the place after it. */
export function writePublish(
  target: Buffer,
  at: number,
  {
    message,
    packetId,
    version,
    size,
  }: { message: Message; packetId: number; version: ProtocolVersion; size: PublishSize },
): number {
  const { qos, retain } = message;
  let end = target.writeUInt8(0x30 | (qos << 1) | (retain ? 1 : 0), at);
  end = writeVarint(target, end, size.remaining);
  end = writeString(target, end, message.topic);
  if (qos > 0) end = target.writeUInt16BE(packetId, end);
  if (version === 5) {
    end = writeVarint(target, end, size.properties);
    end = writeProperties(target, end, message);
  }
  return end + target.write(message.payload, end);
}

/** Writes the PUBREL packet, which takes PUBREL_SIZE bytes; returns the place after it. */
export function writePubrel(target: Buffer, at: number, packetId: number): number {
  return target.writeUInt16BE(packetId, target.writeUInt16BE(0x6202, at));
}

function writeProperties(
  target: Buffer,
  at: number,
  { payload, expiry, id, seq, device, correlation }: Message,
): number {
  let end = at;
  if (payload !== '') end = writeBytes(target, end, JSON_TEXT);
  if (expiry > 0) end = target.writeUInt32BE(expiry, target.writeUInt8(EXPIRY, end));
  if (correlation !== undefined) end = writeCorrelation(target, end, Buffer.from(correlation, 'base64'));
  if (id === '') return end;
  end = writeString(target, writeBytes(target, end, ID), id);
  end = writeString(target, writeBytes(target, end, SEQ), String(seq));
  return writeString(target, writeBytes(target, end, DEVICE), device);
}

function writeCorrelation(target: Buffer, at: number, data: Buffer): number {
  return writeBytes(target, target.writeUInt16BE(data.length, target.writeUInt8(CORRELATION, at)), data);
}

function writeString(target: Buffer, at: number, text: string): number {
  const length = target.write(text, at + 2);
  target.writeUInt16BE(length, at);
  return at + 2 + length;
}

function writeBytes(target: Buffer, at: number, bytes: Buffer): number {
  target.set(bytes, at);
  return at + bytes.length;
}

function writeVarint(target: Buffer, at: number, value: number): number {
  let end = at;
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) end = target.writeUInt8((rest & 0x7f) | 0x80, end);
  return target.writeUInt8(rest, end);
}

function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  return value < 0x20_0000 ? 3 : 4;
}
