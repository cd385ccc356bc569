// The log: pino with its synchronous destination, which loses nothing at a crash.
import { type Logger, pino } from 'pino';
import { Hidden } from './hidden.ts';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

type Say = (fields: object, message: string) => void;

/** What most of the program needs of a log. */
export interface Log {
  readonly error: Say;
  readonly warn: Say;
  readonly info: Say;
}

export interface RootLog extends Log {
  setLevel(level: LogLevel): void;
}

export interface LogOptions {
  level: LogLevel;
  /** What is in no line; it may grow. */
  hidden?: Hidden;
}

/** The log of the process, JSON lines on standard output. */
export function createLog({ level, hidden = new Hidden() }: LogOptions): RootLog {
  const logger: Logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const at = (name: keyof Log): Say => {
    return (fields, message) => logger[name](hidden.deep(fields), hidden.text(message));
  };
  return {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    setLevel(next) {
      logger.level = next;
    },
  };
}

/** A log whose lines all bear these fields. A child of pino would cost each idle camera several KiB. */
export function withFields(log: Log, own: object): Log {
  return {
    error: (fields, message) => log.error({ ...own, ...fields }, message),
    warn: (fields, message) => log.warn({ ...own, ...fields }, message),
    info: (fields, message) => log.info({ ...own, ...fields }, message),
  };
}
