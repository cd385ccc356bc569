// One RTSP session: its timeout, really enforced, and the documents that it plays (PROTOCOLS 1.5, 1.7).
import { randomBytes } from 'node:crypto';
import type { Core, Shot } from '../core.ts';
import type { Oddities } from '../options.ts';
import { replayed } from '../replay.ts';
import type { TopicFilter } from '../topic-filter.ts';
import { type Message, metadataDocument } from './metadata.ts';
import { senderReport } from './rtcp.ts';
import { createPacketizer, type Packetizer } from './rtp.ts';
import type { UdpTransport } from './udp.ts';
import type { Wire } from './wire.ts';

export interface Session {
  readonly id: string;
  /** The value of the Session header. */
  readonly header: string;
  playing: boolean;
  /** Puts the event stream on these channels; returns its packetizer. */
  setUp(stream: { channels: readonly [number, number]; filter: TopicFilter; maxPayload: number }): Packetizer;
  readonly packetizer: Packetizer | undefined;
  /** Sends its packets by UDP, not over the connection; closes that with the session. */
  sendBy(udp: UdpTransport): void;
  readonly isUdp: boolean;
  /** Starts the time to the timeout again. */
  touch(): void;
  /** Sends the empty document and every property's state (PROTOCOLS 1.1). */
  replay(): void;
  deliver(messages: readonly Message[]): void;
  send(shot: Shot): boolean;
  frames(document: string): Buffer[];
  end(): void;
}

interface EventStream {
  packetizer: Packetizer;
  channels: readonly [number, number];
  filter: TopicFilter;
}

/** `onTimeout` is called once, when no keep-alive came in time. */
export function createSession(core: Core, wire: Wire, onTimeout: () => void): Session {
  const { oddities, session: limits } = core.settings;
  const id = randomBytes(12).toString('base64url');
  let stream: EventStream | undefined;
  let udp: UdpTransport | undefined;
  let documents = 0;
  let playing = false;
  const liveness = watch(core, () => timeoutS() * 1000, onTimeout);

  function timeoutS(): number {
    return playing ? limits.laterTimeoutS : limits.timeoutS;
  }

  function send(frames: readonly Buffer[]): void {
    if (udp === undefined) wire.write(...frames);
    else udp.send(frames);
  }

  function write(document: string): void {
    send(session.frames(document));
    documents += 1;
    const every = oddities.senderReportEvery;
    if (stream && every && documents % every === 0) {
      send([senderReport(stream.channels[1], stream.packetizer, core.now())]);
    }
  }

  const session: Session = {
    id,
    get playing() {
      return playing;
    },
    set playing(on) {
      playing = on;
    },
    get header() {
      return limits.stated ? `${id};timeout=${timeoutS()}` : id;
    },
    get packetizer() {
      return stream?.packetizer;
    },
    setUp({ channels, filter, maxPayload }) {
      const options = { channel: channels[0], maxPayload, oddities: packetOddities(oddities) };
      stream = { packetizer: createPacketizer(options), channels, filter };
      return stream.packetizer;
    },
    sendBy(next) {
      udp?.close();
      udp = next;
    },
    get isUdp() {
      return udp !== undefined;
    },
    touch: liveness.touch,
    replay() {
      if (!stream) return;
      if (!oddities.noEmptyDocument) write(metadataDocument([], oddities));
      session.deliver(replayed(core));
    },
    deliver(messages) {
      const passed = messages.filter(({ topic }) => stream?.filter(topic));
      const size = oddities.messagesPerDocument ?? 1;
      for (let from = 0; from < passed.length; from += size) {
        write(metadataDocument(passed.slice(from, from + size), oddities));
      }
      core.stats.notifications += passed.length;
    },
    send(shot) {
      if (!stream?.filter(shot.topic)) return false;
      write(shot.document());
      core.stats.notifications += 1;
      return true;
    },
    frames: document => stream?.packetizer.frames(document, Math.floor(core.now() * 90) % 2 ** 32) ?? [],
    end() {
      playing = false;
      liveness.stop();
      udp?.close();
      udp = undefined;
    },
  };
  return session;
}

/** An answer can stand between two packets only where there are two. */
function packetOddities(oddities: Oddities): Oddities {
  if (!oddities.answerMidDocument) return oddities;
  return { ...oddities, packetsPerDocument: Math.max(2, oddities.packetsPerDocument ?? 1) };
}

/** Calls back once `limit()` milliseconds pass without a touch; a device that stalls ends no session. */
function watch(core: Core, limit: () => number, onEnd: () => void): { touch(): void; stop(): void } {
  const { clock } = core.settings;
  let cancel = clock.after(limit(), check);
  function check(): void {
    if (core.faults.stalled) cancel = clock.after(limit(), check);
    else onEnd();
  }
  return {
    touch() {
      cancel();
      cancel = clock.after(limit(), check);
    },
    stop: () => cancel(),
  };
}
