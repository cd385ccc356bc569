// `{base}/{device}/command/{action}` to an action, and what becomes of it to its answers (DESIGN 3.6).
import type { Clock } from '../util/clock.ts';
import { type Audit, claimsOf } from './audit.ts';
import { type Loops, topicPlace } from './loops.ts';
import { type Outcome, refused } from './outcome.ts';
import { readPayload } from './payload.ts';
import type { Job, Result, Runner } from './runner.ts';
import { createWindow } from './window.ts';

/** A message as a broker sent it. */
export interface Received {
  broker: string;
  topic: string;
  payload: Buffer;
  retain: boolean;
  properties: {
    responseTopic?: string;
    correlationData?: Buffer;
    messageExpiryInterval?: number;
    userProperties?: Readonly<Record<string, string | string[]>>;
  };
}

export interface CommandAnswer {
  device: string;
  broker: string;
  topic: string;
  payload: string;
  /** The request's correlation data in base64. */
  correlation?: string;
}

export interface CommandsOptions {
  base: string;
  /** The device of a topic level, and what may be asked of it; undefined where it is not of this bridge. */
  deviceOf(level: string): { device: string; allowed: readonly string[] } | undefined;
  runner: Pick<Runner, 'run'>;
  loops: Loops;
  /** As they are now: how long (ms) a command is of worth, and where an answer may be asked for. */
  settings(): { readonly timeToLive: number; readonly responsePrefixes: readonly string[] };
  answer(answer: CommandAnswer): void;
  audit: Audit;
  count(device: string, outcome: string): void;
  clock: Clock;
}

/** Answers in 10 s to commands that do nothing, refused or repeated: a flood of them is only counted. */
const IDLE = { max: 100, ms: 10_000 };
const ID_MAX = 128;
const NAME_MAX = 64;
const SHOWN_MAX = 256;

/** Gives what takes the messages of the filter `{base}/+/command/+`; it never throws and never waits. */
export function createCommands(options: CommandsOptions): (message: Received) => void {
  const { base, deviceOf, runner, loops, audit, count, clock } = options;
  const allowsIdle = createWindow({ ...IDLE, clock });

  const conclude = (command: Command, result: Result) => {
    const { device, action, message } = command;
    const outcome = result.state === 'done' ? 'done' : result.code;
    count(device, result.repeat ? 'repeated' : outcome);
    const isIdle = result.repeat === true || NOT_DONE.has(outcome);
    if (isIdle && !allowsIdle()) return;
    const { requestId } = command.job ?? {};
    const by = {
      broker: message.broker,
      topic: message.topic.slice(0, SHOWN_MAX),
      properties: claimsOf(message.properties.userProperties),
    };
    audit({ by, device, action, requestId, outcome, ...result });
    say(command, result);
  };

  const say = (command: Command, what: Result | { state: 'accepted' }) => {
    const { device, level, action, message, job } = command;
    const { responseTopic, correlationData } = message.properties;
    const { requestId } = job ?? {};
    const payload = JSON.stringify({ action, requestId, time: new Date(clock.now()).toISOString(), ...what });
    const answer = { device, broker: message.broker, payload };
    options.answer({ ...answer, topic: `${base}/${level}/result/${action}` });
    if (responseTopic === undefined || !mayAnswer(responseTopic, correlationData, options)) return;
    const correlation = correlationData && { correlation: correlationData.toString('base64') };
    options.answer({ ...answer, topic: responseTopic, ...correlation });
  };

  return message => {
    const command = toCommand(message);
    if (command === undefined) return;
    const { device } = command;
    // What a broker had kept would act once more at each connection.
    if (message.retain) return count(device, 'retained');
    if (command.refusal !== undefined) return conclude(command, command.refusal);
    // What a trigger commands is its deed, though it goes by way of a broker.
    const isDeed = loops.isConsequence(topicPlace(message.broker, message.topic));
    const acted = () => isDeed && loops.acted(device);
    const accepted = () => {
      acted();
      say(command, { state: 'accepted' });
    };
    void runner.run(command.job, accepted).then(result => {
      if (result.state === 'done') acted();
      conclude(command, result);
    });
  };

  function toCommand(message: Received): Command | undefined {
    const place = message.topic.slice(base.length + 1).split('/');
    const [level = '', , name = ''] = place;
    const found = deviceOf(level);
    if (found === undefined || place.length !== 3) return undefined;
    const action = name.slice(0, NAME_MAX);
    const known = { message, level, device: found.device, action };
    if (!found.allowed.includes(name))
      return { ...known, refusal: refused('NOT_ALLOWED', 'the camera’s `commands` do not name it') };
    const asked = readRequest(message.payload);
    if ('complaint' in asked) return { ...known, refusal: refused('INVALID', asked.complaint) };
    const meant = meantBy(action, asked.parameters);
    if (!found.allowed.includes(meant.action))
      return {
        ...known,
        refusal: refused('NOT_ALLOWED', `the camera’s \`commands\` do not name ${meant.action}`),
      };
    const seconds = message.properties.messageExpiryInterval ?? Number.POSITIVE_INFINITY;
    const expires = clock.monotonic() + Math.min(options.settings().timeToLive, seconds * 1000);
    return { ...known, action: meant.action, job: { ...asked, ...meant, device: found.device, expires } };
  }
}

/** Either what is to be done, or why it is not. */
type Command = { message: Received; level: string; device: string; action: string } & (
  | { job: Job; refusal?: never }
  | { job?: never; refusal: Outcome }
);

const NOT_DONE: ReadonlySet<string> = new Set(['NOT_ALLOWED', 'INVALID', 'EXPIRED', 'BUSY']);

/** Home Assistant turns a siren on and off on one topic: off is the action that stops it, and allowed as that alone. */
function meantBy(action: string, parameters: Job['parameters']): Pick<Job, 'action' | 'parameters'> {
  const { state, ...rest } = parameters;
  return action === 'siren' && state === 'off'
    ? { action: 'siren-stop', parameters: rest }
    : { action, parameters };
}

/** The payload's parameters, and its `requestId`; an empty payload has none. */
function readRequest(payload: Buffer): Pick<Job, 'parameters' | 'requestId'> | { complaint: string } {
  const read = readPayload(payload.length === 0 ? Buffer.from('{}') : payload);
  if (!read.ok) return read;
  if (typeof read.value !== 'object' || read.value === null || Array.isArray(read.value))
    return { complaint: 'the payload is no JSON object' };
  const { requestId, ...parameters } = read.value;
  if (requestId === undefined) return { parameters };
  if (typeof requestId !== 'string' || requestId === '' || requestId.length > ID_MAX)
    return { complaint: `requestId must be text of 1 to ${ID_MAX} characters` };
  return { parameters, requestId };
}

const TOPIC_MAX = 1024;
/** Bytes. */
const CORRELATION_MAX = 1024;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what no topic to publish to may hold
const UNFIT = /[+#\u0000-\u001f\u007f-\u009f]/;

/** The bridge may publish where a client may not: so an answer goes where the configuration allows, and is no command. */
function mayAnswer(
  topic: string,
  correlation: Buffer | undefined,
  { base, settings }: CommandsOptions,
): boolean {
  const { responsePrefixes } = settings();
  const allowed = [`${base}/response/`, ...responsePrefixes.map(prefix => `${prefix.replace(/\/$/, '')}/`)];
  const isCommand = topic.startsWith(`${base}/`) && topic.split('/').includes('command');
  return (
    topic.length <= TOPIC_MAX &&
    (correlation?.length ?? 0) <= CORRELATION_MAX &&
    !UNFIT.test(topic) &&
    !isCommand &&
    allowed.some(prefix => topic.startsWith(prefix) && topic.length > prefix.length)
  );
}
