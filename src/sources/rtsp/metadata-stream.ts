// Interleaved frames to emitted notifications: packets, documents, and what of them cannot be read.

import type { Unreadable } from '../../event.ts';
import { MAX_DOCUMENT, readMetadataInSteps, readStreamDocument } from '../../protocol/metadata.ts';
import type { ReadResult } from '../../protocol/notification-sink.ts';
import { hasGoodbye } from '../../protocol/rtcp.ts';
import { createAssembler, readRtp } from '../../protocol/rtp.ts';
import { fail, wordsOf } from '../../util/errors.ts';
import type { Moment } from '../../util/moment.ts';
import { STEP_SIZE, type Steps } from '../../util/steps.ts';
import { createEmitWindow } from '../emit-window.ts';
import { createNonsense } from '../nonsense.ts';
import type { SourceContext } from '../source.ts';
import type { RtspConnection } from './connection.ts';

/** What a device may send, in bytes, before it has answered all: its states take a fraction of that. */
const MAX_EARLY = 8 * 1024 * 1024;

export interface MetadataStreamOptions {
  context: Pick<SourceContext, 'clock' | 'caughtUp' | 'count' | 'unreadable' | 'emit' | 'raw'>;
  connection: Pick<RtspConnection, 'pause' | 'resume' | 'end' | 'defer' | 'isBusy'>;
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

export function createMetadataStream({ context, connection }: MetadataStreamOptions): MetadataStream {
  const { emit, caughtUp } = context;
  const { pause, resume, end, defer, isBusy } = connection;
  const window = createEmitWindow({ emit, caughtUp, full: pause, free: resume, failed: end });
  const nonsense = createNonsense(context.clock, end);

  const lose = (what: Unreadable) => {
    context.unreadable(what);
    if (what.count !== 0) nonsense();
  };

  const take = (read: () => ReadResult) => {
    try {
      const { notifications, unreadable } = read();
      for (const notification of notifications) window.push(notification);
      for (const what of unreadable) lose(what);
    } catch (error) {
      lose({ reason: wordsOf(error) });
    }
  };

  const takeInSteps = function* (reading: Steps<ReadResult>): Steps<void> {
    try {
      const { notifications, unreadable } = yield* reading;
      for (const notification of notifications) {
        yield;
        window.push(notification);
      }
      for (const what of unreadable) lose(what);
    } catch (error) {
      lose({ reason: wordsOf(error) });
    }
  };

  const assembler = createAssembler({
    maxBytes: MAX_DOCUMENT,
    onDocument(document) {
      context.count('documents');
      context.raw?.(document);
      if (document.length <= STEP_SIZE && !isBusy()) take(() => readStreamDocument(document));
      else defer(takeInSteps(readMetadataInSteps(Buffer.from(document))));
    },
    onGap() {
      context.count('rtpGaps');
      context.unreadable({ reason: 'RTP packets of a document are missing' });
    },
    // What is whole before the end of this much of it is read, and the one that is not is named.
    onTooLarge(beginning) {
      lose({ reason: `a document of more than ${MAX_DOCUMENT} bytes` });
      defer(takeInSteps(readMetadataInSteps(beginning)));
    },
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
        if (packet === undefined) lose({ reason: 'a frame without an RTP packet' });
        else assembler.push(packet);
      } else if (channel === this.channel + 1 && hasGoodbye(payload)) {
        end(fail('CLOSED', 'it ended the stream (RTCP BYE)'));
      }
    },
    answered(asked) {
      if (!assembler.isWaiting() && !isBusy()) window.answered(asked);
    },
    start() {
      started = true;
      window.start();
    },
    finish: window.finish,
  };
}
