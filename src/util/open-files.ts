// How many files and sockets the system lets this process have open.
import { readFileSync } from 'node:fs';

/** The limit of now (proc_pid_limits(5)); infinite where the system does not tell. Node raises it to the hard one. */
export function openFilesMax(): number {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
