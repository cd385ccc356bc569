// What a broker refused for good, kept for somebody to look at: the newest, within a bound for each device and broker.
import type { Change, SetAside, Store } from './store.ts';
import type { Entry } from './types.ts';

/** Messages kept for a broker. */
const MESSAGES_MAX = 1000;
/** Bytes kept for a broker, and of one device among them. */
const BROKER_BYTES = 8 * 1024 * 1024;
const DEVICE_BYTES = 1024 * 1024;
/** Characters kept of a topic or a reason, and of a payload. */
const LINE_MAX = 1024;
const PAYLOAD_MAX = 64 * 1024;

export interface DeadLetters {
  add(entry: Entry, reason: string): void;
  /** What the next commit has to write and to remove. */
  changes(): Change[];
}

export interface DeadLettersOptions {
  broker: string;
  store: Pick<Store, 'rejected'>;
  /** The time of day, ms since the epoch. */
  now(): number;
}

interface Letter {
  number: number;
  device: string;
  bytes: number;
}

/** Goes on with what the store holds of a broker. */
export function createDeadLetters({ broker, store, now }: DeadLettersOptions): DeadLetters {
  let letters: Letter[] = [];
  let bytes = 0;
  const byDevice = new Map<string, number>();
  let changes: Change[] = [];
  let last = 0;

  const count = (letter: Letter, sign: 1 | -1) => {
    bytes += sign * letter.bytes;
    byDevice.set(letter.device, (byDevice.get(letter.device) ?? 0) + sign * letter.bytes);
    if (byDevice.get(letter.device) === 0) byDevice.delete(letter.device);
  };

  const keep = (number: number, { entry, reason }: SetAside) => {
    const size = entry.topic.length + Buffer.byteLength(entry.payload) + reason.length;
    const letter = { number, device: entry.device, bytes: size + ROW_BYTES };
    letters.push(letter);
    count(letter, 1);
    last = number;
  };

  /** From the oldest on, what is past a bound goes. */
  const trim = () => {
    let left = letters.length;
    letters = letters.filter(letter => {
      const ofDevice = byDevice.get(letter.device) ?? 0;
      if (left <= MESSAGES_MAX && bytes <= BROKER_BYTES && ofDevice <= DEVICE_BYTES) return true;
      left -= 1;
      count(letter, -1);
      changes.push({ table: 'rejected', key: [broker, letter.number], value: undefined });
      return false;
    });
  };

  for (const { key, value } of store.rejected(broker)) keep(key[1], value);

  return {
    add(entry, reason) {
      const value = { time: now(), reason: cut(reason, LINE_MAX), entry: cutEntry(entry) };
      keep(last + 1, value);
      changes.push({ table: 'rejected', key: [broker, last], value });
    },
    changes() {
      trim();
      const made = changes;
      changes = [];
      return made;
    },
  };
}

/** What a row takes beside its texts. */
const ROW_BYTES = 256;

function cutEntry(entry: Entry): Entry {
  return { ...entry, topic: cut(entry.topic, LINE_MAX), payload: cut(entry.payload, PAYLOAD_MAX) };
}

function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}…` : text;
}
