// What the code under test may leave behind. Which requests, pipes and files of its own Node.js names besides differs by version.
const LEFT_BEHIND = new Set([
  'Immediate',
  'TCPServerWrap',
  'TCPSocketWrap',
  'TLSWrap',
  'Timeout',
  'UDPWRAP',
  'UDPWrap',
]);

/** The sockets, servers and timers of this process that keep it alive, by name, in order of name. */
export function openHandles(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter(name => LEFT_BEHIND.has(name))
    .sort();
}
