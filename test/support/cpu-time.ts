// How much work a thing is, whatever else the machine does meanwhile.

/** CPU time (ms) of this process while `work` runs. */
export function cpuTime(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
