// The log: pino with its synchronous destination, which loses nothing at a crash.
import { type Logger, pino } from 'pino';

export type Log = Logger;
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export function createLog(options: { level: LogLevel }): Log {
  return pino({ level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
}
