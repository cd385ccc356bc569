// axis2mqtt events: what one camera says, without any broker: as it comes, as a catalogue, or as cases for fixtures/.

import type { CameraConfig, Config } from '../../config/types.ts';
import type { CameraEvent } from '../../event.ts';
import { systemClock } from '../../util/clock.ts';
import { endWith } from '../../util/ending.ts';
import { fail } from '../../util/errors.ts';
import type { Log } from '../../util/log.ts';
import { parseDuration } from '../../util/units.ts';
import { CONFIG_OPTION, type Command, type Invocation, onSignals, type Terminal } from '../command.ts';
import { loadFor } from '../configuration.ts';
import { located } from '../located.ts';
import { printable } from '../printable.ts';
import { createCatalogue } from './catalogue.ts';
import { catalogueJson, catalogueText } from './catalogue-report.ts';
import { eventLine } from './event-line.ts';
import { createRecorder, type Recorder } from './record.ts';
import { tail } from './tail.ts';

export const events: Command = {
  name: 'events',
  summary:
    'Shows the events of one camera of the configuration, wanted or not, until Ctrl-C; needs no broker.',
  positionals: 'CAMERA ',
  options: {
    ...CONFIG_OPTION,
    json: { type: 'boolean', default: false, describe: 'the payload of each event, one a line' },
    catalogue: {
      type: 'string',
      placeholder: 'DURATION',
      describe: 'listens so long (60s, 10m), then lists the topics and the `events` to configure',
    },
    record: {
      type: 'string',
      placeholder: 'DIR',
      describe: 'also writes what was heard, without secrets, as cases for fixtures/',
    },
    'keep-serial': {
      type: 'boolean',
      default: false,
      describe: 'leaves the serial number in what is recorded',
    },
  },
  async run(invocation) {
    const { terminal, values, positionals } = invocation;
    const directory = values['record'];
    const view = createView(invocation);
    const { config } = await loadFor(invocation);
    const camera = findCamera(config, positionals);
    const recorder =
      typeof directory === 'string'
        ? createRecorder({ camera, directory, keepSerial: values['keep-serial'] === true })
        : undefined;
    const { stop, release } = onSignals();
    try {
      await hear({ camera: await located(camera, stop), terminal, view, recorder, stop });
    } finally {
      release();
      view.end?.(camera);
      await recorder?.write().then(said => terminal.err(said));
    }
    return 0;
  },
};

/** What becomes of the events. */
interface View {
  /** Ms after which it has seen enough; absent: never. */
  enough?: number;
  /** The device is heard from now on. */
  begin?(): void;
  event(event: CameraEvent): void;
  end?(camera: CameraConfig): void;
}

function createView({ values, terminal }: Invocation): View {
  const json = values['json'] === true;
  const duration = values['catalogue'];
  if (typeof duration === 'string') return catalogueView(terminal, duration, json);
  const write = json ? JSON.stringify : (event: CameraEvent) => eventLine(event, terminal.color);
  return { event: event => terminal.out(`${write(event)}\n`) };
}

function catalogueView(terminal: Terminal, duration: string, json: boolean): View {
  const enough = parseDuration(duration);
  if (enough === undefined) throw fail('CONFIG', '--catalogue wants a duration such as 60s or 10m');
  const catalogue = createCatalogue();
  let since: number | undefined;
  let heard = false;
  return {
    enough,
    begin() {
      since = systemClock.now();
    },
    event(event) {
      if (!heard) terminal.err('Events come; Ctrl-C ends early and lists those that came until then.\n');
      heard = true;
      catalogue.add(event);
    },
    end({ events: { exclude } }) {
      const ms = since === undefined ? 0 : systemClock.now() - since;
      const write = json ? catalogueJson : catalogueText;
      terminal.out(write({ catalogue, ms, exclude }));
    },
  };
}

/** By its ID, else by its host. */
function findCamera({ cameras }: Config, [name, ...more]: readonly string[]): CameraConfig {
  if (name === undefined || more.length > 0)
    throw fail('CONFIG', 'events wants one camera: its id or its host');
  const found = cameras.find(({ id }) => id === name) ?? cameras.find(({ host }) => host === name);
  if (found !== undefined) return found;
  const names = cameras.map(({ id, host }) => id ?? host).join(', ');
  throw fail('CONFIG', `no camera ${JSON.stringify(name)} in the configuration; there are: ${names}`);
}

interface Hearing {
  camera: CameraConfig;
  terminal: Terminal;
  view: View;
  recorder: Recorder | undefined;
  stop: AbortSignal;
}

/** Until the view has enough, `stop`, or the end of the stream. */
async function hear({ camera, terminal, view, recorder, stop }: Hearing): Promise<void> {
  const { signal, end, unlink } = endWith(stop);
  let cancel = () => {};
  try {
    await tail({
      camera,
      clock: systemClock,
      log: logTo(terminal),
      signal,
      heard({ source, state, message }) {
        terminal.err(`${state} by ${source}${message === undefined ? '' : `: ${message}`}\n`);
        view.begin?.();
        if (view.enough !== undefined) cancel = systemClock.after(view.enough, end);
      },
      event({ event }) {
        recorder?.heard(event.serial);
        view.event(event);
      },
      raw: recorder?.take,
    });
  } finally {
    cancel();
    unlink();
  }
}

function logTo({ err }: Terminal): Log {
  const say = (_: object, message: string) => err(`${printable(message)}\n`);
  return { info: () => undefined, warn: say, error: say };
}
