// One pull point: what waits in it, who waits for that, and its end.
import type { Core, PullPoint } from '../core.ts';
import { replayed } from '../replay.ts';
import type { Message } from '../rtsp/metadata.ts';
import type { TopicFilter } from '../topic-filter.ts';

/** Messages that wait, at which load has to wait too. */
const MANY = 256;
/** The oldest goes where more wait. */
const MOST = 100_000;

export function createPullPoint(core: Core, id: string, filter: TopicFilter): PullPoint {
  const { clock } = core.settings;
  const queue: (Message | string)[] = [];
  let end = clock.now();
  let cancel = () => {};
  let waiting: { wake(): void; close(): void } | undefined;

  function push(...items: (Message | string)[]): void {
    queue.push(...items);
    if (queue.length > MOST) queue.shift();
    if (items.length > 0) waiting?.wake();
  }

  function take(limit: number): Message[] | string {
    if (typeof queue[0] === 'string') return String(queue.shift());
    const raw = queue.findIndex(item => typeof item === 'string');
    const taken = queue.splice(0, Math.min(limit, raw < 0 ? limit : raw)) as Message[];
    core.stats.notifications += taken.length;
    return taken;
  }

  /** Resolves when there is something, when time is up, and when the client is gone. */
  function something(ms: number, gone: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => () => {
        over();
        gone.removeEventListener('abort', wake);
        waiting = undefined;
        end();
      };
      const wake = settle(resolve);
      const close = settle(() => reject(new Error('the connection is dropped')));
      const over = clock.after(ms, wake);
      gone.addEventListener('abort', wake);
      waiting = { wake, close };
    });
  }

  const point: PullPoint = {
    id,
    get termination() {
      return end + core.skew;
    },
    playing: true,
    get blocked() {
      return queue.length >= MANY;
    },
    extend(ms) {
      if (clock.now() + ms > end) point.renew(ms);
    },
    renew(ms) {
      cancel();
      end = clock.now() + ms;
      cancel = clock.after(ms, point.drop);
    },
    async pull({ timeoutMs, limit, gone }) {
      if (waiting !== undefined) return undefined;
      if (queue.length === 0) await something(timeoutMs, gone);
      await core.faults.awake();
      // What a client that is gone would have got is still there for its next pull.
      return gone.aborted ? [] : take(limit);
    },
    synchronize: () => point.deliver(replayed(core)),
    deliver: messages => push(...messages.filter(({ topic }) => filter(topic))),
    send(shot) {
      if (!filter(shot.topic)) return false;
      push(shot.message());
      return true;
    },
    sendRaw: document => push(document),
    garbage: bytes => push(bytes.toString('latin1')),
    // An answer has no frames: what comes in halves comes with the second.
    halfPacket: shot => () => push(shot.document()),
    gather: write => write(),
    // Requests wait by themselves while the device stalls, and there is nothing that it reads.
    stall: () => {},
    deafen: () => {},
    drop() {
      cancel();
      core.connections.delete(point);
      core.onvif.points.delete(id);
      waiting?.close();
    },
  };
  return point;
}
