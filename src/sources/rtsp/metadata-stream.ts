// Interleaved frames to emitted notifications: packets, documents, and what of them cannot be read.
import { MAX_DOCUMENT, readStreamDocument } from '../../protocol/metadata.ts';
import { hasGoodbye } from '../../protocol/rtcp.ts';
import { createAssembler, readRtp } from '../../protocol/rtp.ts';
import { fail } from '../../util/errors.ts';
import type { Moment } from '../../util/moment.ts';
import { createEmitWindow } from '../emit-window.ts';
import type { SourceContext } from '../source.ts';

/** What a device may send, in bytes, before it has answered all: its states take a fraction of that. */
const MAX_EARLY = 8 * 1024 * 1024;

export interface MetadataStreamOptions {
  context: Pick<SourceContext, 'caughtUp' | 'count' | 'unreadable' | 'emit' | 'raw'>;
  /** Stop reading, or go on. */
  pause(): void;
  resume(): void;
  /** The stream cannot go on. */
  end(reason: unknown): void;
}

export interface MetadataStream {
  frame(channel: number, payload: Buffer): void;
  /** The channel of the RTP packets, known from SETUP on; RTCP has the next one. */
  channel: number;
  /** The device has answered in the stream what it was asked at that moment. */
  answered(asked: Moment): void;
  /** Lets the first notification go; those that came before wait for it. */
  start(): void;
  /** Hands on what was read and still waits. */
  finish(): void;
}

export function createMetadataStream({ context, pause, resume, end }: MetadataStreamOptions): MetadataStream {
  const { emit, caughtUp } = context;
  const window = createEmitWindow({ emit, caughtUp, full: pause, free: resume, failed: end });
  const assembler = createAssembler({
    maxBytes: MAX_DOCUMENT,
    onDocument(document) {
      context.count('documents');
      context.raw?.(document);
      try {
        const { notifications, unreadable } = readStreamDocument(document);
        for (const notification of notifications) window.push(notification);
        for (const what of unreadable) context.unreadable(what);
      } catch (error) {
        context.unreadable({ reason: error instanceof Error ? error.message : String(error) });
      }
    },
    onGap: () => context.count('rtpGaps'),
    onTooLarge: () => context.unreadable({ reason: `a document of more than ${MAX_DOCUMENT} bytes` }),
  });
  let room = MAX_EARLY;
  let started = false;
  return {
    channel: 0,
    frame(channel, payload) {
      if (!started) room -= payload.length;
      if (room < 0) return end(fail('TOO_LARGE', 'it sends too much before it plays'));
      if (channel === this.channel) {
        const packet = readRtp(payload);
        if (packet === undefined) context.unreadable({ reason: 'a frame without an RTP packet' });
        else assembler.push(packet);
      } else if (channel === this.channel + 1 && hasGoodbye(payload)) {
        end(fail('CLOSED', 'it ended the stream (RTCP BYE)'));
      }
    },
    answered(asked) {
      if (!assembler.isWaiting()) window.answered(asked);
    },
    start() {
      started = true;
      window.start();
    },
    finish: window.finish,
  };
}
