// axis2mqtt run: the bridge, until a signal ends it; a changed configuration is applied while it runs.
import { ACTIONS } from '../actions/table.ts';
import { type Bridge, startBridge } from '../bridge/bridge.ts';
import { NAME, version } from '../bridge/version.ts';
import { changesOf } from '../config/changes.ts';
import { loadConfig } from '../config/load.ts';
import type { Problem } from '../config/problem.ts';
import { watchConfig } from '../config/watch.ts';
import { ERRORS, fromSystem, isBridgeError } from '../util/errors.ts';
import { createLog, type Log } from '../util/log.ts';
import { CONFIG_OPTION, type Command, onSignals, type Terminal } from './command.ts';
import { type Loaded, loadFor } from './configuration.ts';
import { catchHangup, type Hangup } from './hangup.ts';

export const run: Command = {
  name: 'run',
  summary: 'Runs the bridge (the default command).',
  options: CONFIG_OPTION,
  async run(invocation) {
    const loaded = await loadFor(invocation);
    const log = createLog({ level: loaded.config.log.level, hidden: loaded.config.hidden });
    const signals = onSignals();
    const hangup = catchHangup();
    try {
      log.info({ version: version(), config: loaded.file }, `${NAME} starts`);
      tell(log, 'warn', loaded.warnings);
      const bridge = await startBridge(loaded.config, { log, kill: signals.kill });
      await follow({ loaded, bridge, log, terminal: invocation.terminal, hangup, stop: signals.stop });
      log.info({}, 'stopping');
      await bridge.stop();
      log.info({}, 'stopped');
      return 0;
    } finally {
      signals.release();
      hangup.release();
    }
  },
};

interface FollowOptions {
  hangup: Hangup;
  loaded: Loaded;
  bridge: Bridge;
  log: Log;
  terminal: Terminal;
  stop: AbortSignal;
}

/** Applies each change of the file until `stop`; a bad one changes nothing. */
async function follow({ loaded, bridge, log, terminal, hangup, stop }: FollowOptions): Promise<void> {
  let { files, config } = loaded;
  const { hidden } = config;
  await watchConfig({
    file: loaded.file,
    files: () => files,
    signal: stop,
    onRequest: hangup.onSignal,
    onChange: kept(log, async () => {
      const next = await loadConfig({
        ...{ file: loaded.file, env: terminal.env, actions: ACTIONS },
        hidden,
      });
      files = next.files;
      if (!next.ok) {
        log.error({}, 'the changed configuration is not usable; the bridge goes on with the old one');
        return tell(log, 'error', next.problems);
      }
      tell(log, 'warn', next.warnings);
      try {
        await bridge.apply(next.config);
      } catch (error) {
        const { code, message } = fromSystem(error, 'configuration');
        if (code === 'INTERNAL') throw error;
        return log.error(
          { code },
          `the changed configuration is not usable; the old one goes on: ${message}`,
        );
      }
      const changes = changesOf(config, next.config);
      config = next.config;
      if (Object.keys(changes).length === 0) log.info({}, 'the configuration is unchanged');
      else log.info({ changes }, 'the changed configuration is in use');
    }),
  });
}

/** A reload whose own faults end nothing. Throws INTERNAL where no configuration can be used any more. */
function kept(log: Log, reload: () => Promise<void>): () => Promise<void> {
  return () =>
    reload().catch((error: unknown) => {
      if (isBridgeError(error)) throw error;
      const fields = { code: 'INTERNAL', hint: ERRORS.INTERNAL.hint, detail: String(error) };
      log.error(fields, 'the changed configuration could not be taken up; the old one goes on');
    });
}

function tell(log: Log, level: 'warn' | 'error', problems: readonly Problem[]): void {
  for (const { message, ...where } of problems) log[level](where, `configuration: ${message}`);
}
