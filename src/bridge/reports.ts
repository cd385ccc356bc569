// What the bridge says of itself: info, the ledger each minute, until when devices were heard, and its HTTP pages.
import type { Config } from '../config/types.ts';
import type { Page } from '../ops/http.ts';
import { createMetrics } from '../ops/metrics.ts';
import { fitJson } from '../util/fit.ts';
import type { Actions } from './actions.ts';
import type { Foundation } from './foundation.ts';
import { healthOf, healthSamples, readinessOf } from './health.ts';
import { startHeartbeat } from './heartbeat.ts';
import { infoOf } from './info.ts';
import { createPages } from './pages.ts';
import { repeat } from './repeat.ts';
import { type Parts, samples } from './samples.ts';

const HEALTH_EVERY = 60_000;

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
  const { clock, board, outbox, troubles } = foundation;
  const metrics = createMetrics(function* () {
    yield* samples(options, outbox);
    yield* healthSamples(options, troubles.current());
    yield* actions.samples();
  });
  const started = new Date(clock.now()).toISOString();
  const health = (room: number) => {
    const time = new Date(clock.now()).toISOString();
    const all = { time, started, ...healthOf(options, outbox, troubles.current()) };
    return fitJson(room, [() => all, () => ({ ...all, devices: {} })]);
  };
  const ready = (): Page => {
    const readiness = readinessOf(options, troubles.current());
    return {
      status: readiness.ready ? 200 : 503,
      type: 'application/json',
      body: JSON.stringify(readiness),
    };
  };
  const pages = createPages(
    new Map<string, () => Page | Promise<Page>>([
      ['/health', () => ({ type: 'application/json', body: health(Number.POSITIVE_INFINITY) })],
      ['/ready', () => ready()],
      ['/metrics', () => metrics.read()],
    ]),
  );
  await pages.move(config.http);
  const cancels = [
    startHeartbeat({ ...options, outbox, clock }),
    repeat(clock, HEALTH_EVERY, () => board.set(`${topic}/health`, health)),
  ];
  board.set(`${topic}/health`, health);
  return {
    serve: next => pages.move(next.http),
    applied: next => board.set(`${topic}/info`, room => infoOf(next, started, room)),
    async stop() {
      for (const cancel of cancels) cancel();
      await pages.move(false);
    },
  };
}
