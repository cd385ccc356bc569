// Finds Axis devices: asks the network's groups, looks at what answered and at a range of addresses, and merges it.
import { setMaxListeners } from 'node:events';
import type { Clock } from '../util/clock.ts';
import { createLimit } from '../util/limit.ts';
import { type AskOptions, ask, ipv4Interfaces, type Question } from './ask.ts';
import { type Door, lookAt } from './look.ts';
import { mdnsQuestion, readMdnsAnswer } from './mdns.ts';
import { type FoundDevice, merge } from './merge.ts';
import { isAxis, type Sighting } from './sighting.ts';
import { probeQuestion, readProbeMatches } from './ws-discovery.ts';

export interface DiscoverOptions {
  /** How long to wait for answers of the groups. */
  ms: number;
  /** Addresses to look at over HTTP, besides those that answered. */
  addresses: readonly string[];
  /** Of HTTP at these; default 80. */
  port?: number;
  clock: Clock;
  signal: AbortSignal;
  /** What could not be done, for people. */
  trouble(text: string): void;
  /** Local addresses to ask on; default all IPv4 interfaces but loopback. */
  interfaces?: readonly string[];
  mdns?: { group?: string; port?: number };
  wsDiscovery?: { group?: string; port?: number };
}

/** Addresses looked at at a time. */
const WIDTH = 32;
const SIGHTINGS_MAX = 10_000;
/** Addresses that are looked at because somebody named them. */
const LOOKS_MAX = 1000;

/** The devices found; where `signal` is aborted, those found so far. Never rejects. */
export async function discover(options: DiscoverOptions): Promise<FoundDevice[]> {
  const heard = new Map<string, Sighting>();
  const saw = (sighting: Sighting) => {
    const key = JSON.stringify([sighting.via, sighting.address, sighting.serial]);
    if (heard.size < SIGHTINGS_MAX && isAxis(sighting)) heard.set(key, sighting);
  };
  const range = look(doorsOf(options), options.signal);
  await Promise.all([
    askGroup(options, mdnsQuestion(options.mdns), readMdnsAnswer, saw),
    askGroup(options, probeQuestion(options.wsDiscovery), readProbeMatches, saw),
  ]);
  const known = new Set(options.addresses);
  const doors = new Map<string, Door>();
  for (const { address, port = 80, https = false } of heard.values())
    if (!known.has(address) && doors.size < LOOKS_MAX) doors.set(address, { address, port, https });
  const looked = [...(await range), ...(await look([...doors.values()], options.signal))];
  return merge([...looked, ...heard.values()]);
}

type Read = (bytes: Buffer, from: string) => Sighting[];

function askGroup(
  { ms, clock, signal, trouble, interfaces = ipv4Interfaces() }: DiscoverOptions,
  question: Question,
  read: Read,
  saw: (sighting: Sighting) => void,
): Promise<void> {
  const answer: AskOptions['answer'] = (bytes, from) => read(bytes, from).forEach(saw);
  return ask({ question, interfaces, ms, clock, signal, trouble, answer });
}

function doorsOf({ addresses, port = 80 }: DiscoverOptions): Door[] {
  return addresses.map(address => ({ address, port, https: false }));
}

async function look(doors: readonly Door[], signal: AbortSignal): Promise<Sighting[]> {
  const limit = createLimit({ width: WIDTH });
  // Every address that waits listens to it.
  setMaxListeners(0, signal);
  const looks = doors.map(door => limit(() => lookAt(door, signal), signal).catch(() => undefined));
  const sightings = await Promise.all(looks);
  return sightings.filter(sighting => sighting !== undefined);
}
