// axis2mqtt monitor: what passes at a broker, as a person likes to read it.
import { patternComplaint } from '../../config/template.ts';
import type { Inbound } from '../../mqtt/types.ts';
import { matchesCamera } from '../../routing/match.ts';
import { systemClock } from '../../util/clock.ts';
import { fail } from '../../util/errors.ts';
import { matchTopic, withoutRepeatedPrefixes } from '../../util/topic.ts';
import { CONFIG_OPTION, type Command, type Invocation, stopAfter, type Terminal } from '../command.ts';
import { numberOf } from '../number-option.ts';
import { printable } from '../printable.ts';
import { watch } from '../watch.ts';
import { BROKER_OPTIONS, watchedBroker } from './broker.ts';
import { messageJson, messageLine } from './line.ts';
import { KINDS, type Message, readMessage } from './message.ts';

export const monitor: Command = {
  name: 'monitor',
  summary: 'Shows what passes at a broker: the bridge’s topics, or those of the MQTT topic filters given.',
  positionals: '[FILTER…] ',
  options: {
    ...CONFIG_OPTION,
    ...BROKER_OPTIONS,
    device: { type: 'string', placeholder: 'GLOB', describe: 'only of such devices; * stands for any text' },
    topic: {
      type: 'string',
      placeholder: 'PATTERN',
      describe: 'only events of such topics, as in a route: tns1:Device/**',
    },
    kind: { type: 'string', placeholder: 'KINDS', describe: `only some of ${KINDS.join(',')}` },
    'no-retained': { type: 'boolean', default: false, describe: 'without what the broker has kept' },
    json: { type: 'boolean', default: false, describe: 'a JSON object for each message, one a line' },
    seconds: {
      type: 'string',
      placeholder: 'N',
      default: '0',
      describe: 'ends after so long; default 0: Ctrl-C',
    },
  },
  async run(invocation) {
    const { terminal, values, positionals } = invocation;
    const ms = 1000 * numberOf(values, 'seconds', [0, 1_000_000]);
    const wanted = createFilter(invocation);
    const { broker, base } = await watchedBroker(invocation);
    const filters = positionals.length > 0 ? positionals : [`${base}/#`];
    const show = createShow(invocation);
    const { stop: signal, release } = stopAfter(ms);
    try {
      await watch({
        ...{ broker, filters, clock: systemClock, signal },
        onMessage(inbound: Inbound) {
          const message = readMessage(inbound, base);
          if (wanted(message)) show(message);
        },
        ...reportTo(terminal, filters),
      });
      return 0;
    } finally {
      release();
    }
  },
};

/** Whether a message is one of those asked for. Throws CONFIG for an option that makes no sense. */
function createFilter({ values }: Invocation): (message: Message) => boolean {
  const { device: glob, topic: pattern, kind, 'no-retained': fresh } = values;
  const kinds = typeof kind === 'string' ? kind.split(',') : KINDS;
  const unknown = kinds.find(each => !KINDS.some(known => known === each));
  if (unknown !== undefined)
    throw fail('CONFIG', `--kind knows no ${JSON.stringify(unknown)}; it knows ${KINDS.join(', ')}`);
  const complaint = typeof pattern === 'string' ? patternComplaint(pattern) : undefined;
  if (complaint !== undefined) throw fail('CONFIG', `--topic ${complaint.message}`);
  const tests: ((message: Message) => boolean)[] = [
    message => kinds.includes(message.kind),
    ...(fresh === true ? [({ inbound }: Message) => !inbound.retain] : []),
    ...(typeof glob === 'string'
      ? [({ device }: Message) => device !== undefined && isDevice(glob, device)]
      : []),
    ...(typeof pattern === 'string'
      ? [
          ({ event }: Message) =>
            event !== undefined && matchTopic(withoutRepeatedPrefixes(pattern), event.topic),
        ]
      : []),
  ];
  return message => tests.every(test => test(message));
}

/** As a route's `match.camera`. */
function isDevice(camera: string, id: string): boolean {
  return matchesCamera({ camera, labels: {} }, { id, labels: {} });
}

function createShow({ values, terminal }: Invocation): (message: Message) => void {
  if (values['json'] === true) return message => terminal.out(`${messageJson(message)}\n`);
  return message =>
    terminal.out(`${messageLine(message, { time: systemClock.now(), color: terminal.color })}\n`);
}

/** What becomes of the connection, beside what passes. */
function reportTo(
  { err }: Terminal,
  filters: readonly string[],
): Pick<Parameters<typeof watch>[0], 'onUp' | 'onDown' | 'onTooLarge'> {
  return {
    onUp({ server, version }) {
      const protocol = version === 5 ? 'MQTT 5' : 'MQTT 3.1.1';
      err(`${server} (${protocol}): ${printable(filters.join(' '))}\n`);
    },
    onTooLarge({ topic, bytes }) {
      err(`TOO_LARGE: ${printable(topic)}: a message of ${bytes} bytes is not shown\n`);
    },
    onDown({ code, message }, waitMs) {
      err(`${code}: ${printable(message)}; tries again in ${Math.ceil(waitMs / 1000)} s\n`);
    },
  };
}
