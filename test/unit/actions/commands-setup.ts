// Commands with an action that ends when a test says so.
import type { Action } from '../../../src/actions/action.ts';
import { createCommands, type Received } from '../../../src/actions/commands.ts';
import { createLoops } from '../../../src/actions/loops.ts';
import { createRunner } from '../../../src/actions/runner.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { secret } from '../../../src/util/secret.ts';
import { createVapixClient } from '../../../src/vapix/client.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

type Answered = Record<string, unknown> & { topic: string };

/** A siren of the device `yard`; nothing goes over a wire. */
export function setup({ prefixes = [] as string[], allowed = ['siren', 'gone'] } = {}) {
  const clock = createFakeClock();
  const runs: unknown[] = [];
  const open: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const siren: Action = {
    check: parameters =>
      'bad' in parameters ? { ok: false, complaints: ['bad is no parameter'] } : { ok: true, parameters },
    run(parameters, { signal }) {
      runs.push(parameters);
      return new Promise((resolve, reject) => {
        open.push({ resolve: () => resolve({ sirenId: 1 }), reject });
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    },
  };
  const stop: Action = { ...siren, run: (_, context) => siren.run({ stop: true }, context) };
  const login = { username: 'u', password: secret('p') };
  const address = {
    host: '127.0.0.1',
    port: 1,
    rtspPort: 1,
    https: false,
    allowBasicOverHttp: false,
    tls: {},
  };
  const client = createVapixClient({
    address: { ...address, ...login, onvif: login },
    signal: new AbortController().signal,
    clock: systemClock,
  });
  const runner = createRunner({ actions: { siren, 'siren-stop': stop }, clientOf: () => client, clock });
  const answers: Answered[] = [];
  const audits: unknown[] = [];
  const counts: Record<string, number> = {};
  const take = createCommands({
    base: 'axis2mqtt',
    deviceOf: level => (level === 'yard' ? { device: 'yard', allowed } : undefined),
    runner,
    loops: createLoops(clock),
    settings: () => ({ timeToLive: 10_000, responsePrefixes: prefixes }),
    answer: ({ topic, payload, correlation }) => answers.push({ topic, correlation, ...JSON.parse(payload) }),
    audit: line => audits.push(line),
    count(_, outcome) {
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    },
    clock,
  });
  const command = (payload: string | Buffer = '', change: Partial<Received> = {}) =>
    take({
      broker: 'main',
      topic: 'axis2mqtt/yard/command/siren',
      payload: Buffer.from(payload),
      retain: false,
      properties: {},
      ...change,
    });
  const settle = () => clock.advance(0);
  return { clock, runner, runs, open, answers, audits, counts, command, settle };
}
