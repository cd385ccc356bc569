// What the bridge says of itself: info, the ledger each minute, that it is alive, and its HTTP pages.
import { ALIVE } from '../camera/hearing.ts';
import { isSame } from '../config/same.ts';
import type { CameraConfig, Config } from '../config/types.ts';
import { type Page, serveHttp } from '../ops/http.ts';
import { createMetrics } from '../ops/metrics.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Actions } from './actions.ts';
import type { Foundation } from './foundation.ts';
import { devicesOf, type Parts, samples } from './samples.ts';
import { NAME, version } from './version.ts';

const HEALTH_EVERY = 60_000;
/** How exactly (ms) the next start can tell until when this run was hearing, should it crash. */
const ALIVE_EVERY = 5_000;

export interface ReportsOptions extends Parts {
  config: Config;
  /** `{base}/bridge/{id}`. */
  topic: string;
  foundation: Foundation;
  actions: Pick<Actions, 'samples'>;
}

export interface Reports {
  /** Serves the pages where this configuration wants them. Throws CONFIG where it cannot, and goes on as before. */
  serve(config: Config): Promise<void>;
  applied(config: Config): void;
  stop(): Promise<void>;
}

/** Starts to report. Throws CONFIG where the HTTP port is taken. */
export async function startReports(options: ReportsOptions): Promise<Reports> {
  const { config, topic, foundation, actions } = options;
  const { clock, board, outbox } = foundation;
  const metrics = createMetrics(function* () {
    yield* samples(options, outbox);
    yield* actions.samples();
  });
  const started = new Date(clock.now()).toISOString();
  const health = () =>
    JSON.stringify({ time: new Date(clock.now()).toISOString(), started, ...healthOf(options, outbox) });
  const pages = new Map<string, () => Page | Promise<Page>>([
    ['/health', () => ({ type: 'application/json', body: health() })],
    ['/metrics', () => metrics.read()],
  ]);
  const site = createSite(pages);
  await site.move(config.http);
  const live = () => outbox.remember([{ key: ALIVE, value: String(clock.now()) }]);
  const cancels = [
    repeat(clock.after, HEALTH_EVERY, () => board.set(`${topic}/health`, health)),
    repeat(clock.after, ALIVE_EVERY, () => void live()),
  ];
  board.set(`${topic}/health`, health);
  void live();
  return {
    serve: next => site.move(next.http),
    applied: next => board.set(`${topic}/info`, () => infoOf(next, started)),
    async stop() {
      for (const cancel of cancels) cancel();
      await site.move(false);
      await live();
    },
  };
}

type Place = Config['http'];

/** The HTTP server, at the place where it is wanted just now. */
function createSite(pages: ReadonlyMap<string, () => Page | Promise<Page>>) {
  let place: Place = false;
  let server: { close(): Promise<void> } | undefined;
  const open = async (next: Place) => {
    server = next === false ? undefined : await serveHttp({ ...next, pages });
    place = next;
  };
  return {
    async move(next: Place): Promise<void> {
      if (isSame(next, place)) return;
      const before = place;
      await server?.close();
      await open(false);
      await open(next).catch(async (error: unknown) => {
        await open(before);
        throw error;
      });
    },
  };
}

function healthOf(parts: Parts, outbox: Outbox): object {
  const brokers = Object.fromEntries(
    [...parts.brokers].map(([name, part]) => [name, part.state()?.state ?? 'down']),
  );
  const devices: Record<string, object> = {};
  // One that was never heard has no account.
  for (const { device, state } of devicesOf(parts)) devices[device] = { state, ...NOTHING_YET };
  for (const { device, ...counts } of outbox.ledger()) devices[device] = { ...devices[device], ...counts };
  return { brokers, devices };
}

const NOTHING_YET = { received: 0, kept: 0, filtered: 0, merged: 0, brokers: {} };

/**
 * The configuration as it runs: a secret prints as a placeholder, a certificate as such. Where the cameras are, and who
 * logs in there, is nobody's business who only subscribes.
 */
function infoOf({ cameras, ...others }: Config, started: string): string {
  const config = { ...others, cameras: cameras.map(shownOf) };
  const withoutPem = (_: string, value: unknown) =>
    typeof value === 'string' && value.includes('-----BEGIN') ? '[pem]' : value;
  return JSON.stringify(
    { name: NAME, version: version(), node: process.version, started, config },
    withoutPem,
  );
}

function shownOf({ id, serial, source, events, poll, commands, labels }: CameraConfig): object {
  return { id, serial, source, events, poll, commands, labels };
}

function repeat(after: Foundation['clock']['after'], ms: number, work: () => void): () => void {
  let cancel = after(ms, next);
  function next(): void {
    cancel = after(ms, next);
    work();
  }
  return () => cancel();
}
