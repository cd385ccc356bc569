// What can go wrong with a device, on demand: drops, stalls, halves of frames, nonsense, refusals, another password.
import type { Connection, Core } from './core.ts';
import { portToggle, type SimulatedEvent, shotOf } from './emitter.ts';
import type { Refusal } from './faults.ts';

/** A frame of which half is on its way. */
interface HalfPacket {
  /** Sends the rest, and all that was held back since. */
  complete(): void;
  /** Closes the connections in the middle of it. */
  drop(): void;
}

export interface Controls {
  /** Closes every RTSP connection and ends every pull point at once. */
  drop(): void;
  /** Stays connected, sends nothing and answers nothing, on either side. */
  stall(): void;
  /** Ends a stall; what was held back goes out. */
  resume(): void;
  halfPacket(event?: SimulatedEvent): HalfPacket;
  /** Writes nonsense between two frames. */
  garbage(bytes?: Buffer): void;
  setPassword(text: string): void;
  /** Moves the device's clock, forward or back. */
  clockJump(ms: number): void;
  /** Stops or resumes reading what RTSP clients send. */
  setSlowReader(on: boolean): void;
  /** Refuses requests with a status; null ends it. */
  refuseRtsp(status: number | null, how?: Omit<Refusal, 'status'>): void;
  refuseHttp(status: number | null, how?: Omit<Refusal, 'status'>): void;
}

const NONSENSE = Buffer.from(Array.from({ length: 256 }, (_, index) => (index * 37 + 11) & 0xff));

/** The controls of one device. */
export function createControls(core: Core): Controls {
  const each = (work: (connection: Connection) => void) => {
    for (const connection of [...core.connections]) work(connection);
  };
  const drop = () => each(connection => connection.drop());
  return {
    drop,
    stall() {
      if (core.faults.stalled) return;
      core.faults.stall();
      each(connection => connection.stall(true));
    },
    resume() {
      if (!core.faults.stalled) return;
      core.faults.resume();
      each(connection => connection.stall(false));
    },
    halfPacket(event = portToggle(0)) {
      const shot = shotOf(core, event);
      const completions = [...core.connections].filter(one => one.playing).map(one => one.halfPacket(shot));
      return { complete: () => completions.forEach(go => void go()), drop };
    },
    garbage: (bytes = NONSENSE) => each(connection => connection.garbage(bytes)),
    setPassword(text) {
      core.account.password = text;
    },
    clockJump(ms) {
      core.skew += ms;
    },
    setSlowReader(on) {
      core.deaf = on;
      each(connection => connection.deafen(on));
    },
    refuseRtsp: (status, how) => core.faults.refuse('rtsp', status === null ? null : { status, ...how }),
    refuseHttp: (status, how) => core.faults.refuse('http', status === null ? null : { status, ...how }),
  };
}
