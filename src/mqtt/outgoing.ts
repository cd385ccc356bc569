// What is on its way to the broker: packet identifiers, one write a turn, and each publish's end.
import { createBatch } from './batch.ts';
import type { Ack } from './frames.ts';
import { measure, PUBREL_SIZE, problemOf, writePublish, writePubrel } from './packet.ts';
import { acknowledged } from './reasons.ts';
import type { Message, ProtocolVersion, PublishResult } from './types.ts';

type Settled = (result: PublishResult) => void;

export interface OutgoingOptions {
  version: ProtocolVersion;
  /** The broker's, in bytes. */
  maximumPacketSize: number;
  /** Writes whole packets; calls `flushed` when the system has them. */
  send(bytes: Buffer, flushed: () => void): void;
}

export interface Outgoing {
  publish(message: Message, settled: Settled): void;
  /** Whether it answers something that was sent. */
  acknowledge(ack: Ack): boolean;
  /** How many wait for their end. */
  waiting(): number;
  /** Grows with each answer: while it stays the same and some wait, the broker is stuck. */
  progress(): number;
  /** Something that stands for the one that waits longest: while it stays the same, the broker is stuck at that one. */
  oldest(): unknown;
  /** Settles all that waits as lost, and all that comes. */
  end(): void;
}

const OK: PublishResult = { outcome: 'ok' };
const LOST: PublishResult = { outcome: 'lost' };
const MAX_ID = 0xffff;
const ANSWERS = new Set(['puback', 'pubrec', 'pubcomp']);

/** Sends over one connection. The caller bounds how many wait: to far fewer than there are packet identifiers. */
export function createOutgoing({ version, maximumPacketSize, send }: OutgoingOptions): Outgoing {
  const open = new Map<number, Settled>();
  const batch = createBatch(send);
  const ids = createIds(open);
  let progress = 0;
  let ended = false;
  const settle = (id: number, result: PublishResult) => {
    const settled = open.get(id);
    open.delete(id);
    progress += 1;
    settled?.(result);
  };
  return {
    publish(message, settled) {
      if (ended) return settled(LOST);
      const size = measure(message, version);
      const reason = problemOf(message, size, maximumPacketSize);
      if (reason !== undefined) return settled({ outcome: 'refused', fate: 'never', reason });
      const packetId = message.qos === 0 ? ids.unsent() : ids.next();
      open.set(packetId, settled);
      batch.add(size.total, (target, at) => writePublish(target, at, { message, packetId, version, size }));
      // QoS 0 has no acknowledgement: the system has it is all that can be known.
      if (message.qos === 0) batch.onFlushed(() => settle(packetId, OK));
    },
    acknowledge({ cmd, messageId = 0, reasonCode = 0 }) {
      const settled = open.get(messageId);
      if (!ANSWERS.has(cmd) || settled === undefined) return false;
      if (cmd === 'pubrec' && reasonCode < 0x80) {
        progress += 1;
        // It waits anew, for the PUBCOMP.
        open.delete(messageId);
        open.set(messageId, settled);
        batch.add(PUBREL_SIZE, (target, at) => writePubrel(target, at, messageId));
        return true;
      }
      // A PUBCOMP's only refusal is that it does not know the packet, which then has arrived (MQTT 5 §3.7.2.1).
      settle(messageId, cmd === 'pubcomp' ? OK : acknowledged(reasonCode));
      return true;
    },
    waiting: () => open.size,
    progress: () => progress,
    oldest: () => open.values().next().value,
    end() {
      ended = true;
      for (const id of [...open.keys()]) settle(id, LOST);
    },
  };
}

/** Packet identifiers that are free, and for QoS 0, which has none on the wire, numbers below 0. */
function createIds(open: ReadonlyMap<number, unknown>) {
  let last = 0;
  let below = 0;
  return {
    next() {
      do last = (last % MAX_ID) + 1;
      while (open.has(last));
      return last;
    },
    unsent: () => --below,
  };
}
