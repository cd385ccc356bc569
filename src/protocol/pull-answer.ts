// The answer to PullMessages: its notifications, most of them in a form that is known by then, and the rest of it.
import type { Notification } from '../event.ts';
import { fail } from '../util/errors.ts';
import { atOnce, type Steps } from '../util/steps.ts';
import { createFormReader, type Read } from './known-form.ts';
import { readMetadataInSteps, readPerfect } from './metadata.ts';
import type { ReadResult } from './notification-sink.ts';
import { readSoapBodyInSteps } from './soap.ts';
import type { XmlElement } from './xml-tree.ts';

const MAX_ANSWER = 4 * 1024 * 1024;
/** Surroundings remembered: a few for each firmware; devices that invent them must not grow it without end. */
const MAX_SURROUNDINGS = 64;
const MAX_LENGTH = 4 * 1024;
/** A hundred are asked for; each that is new is read with its surroundings. */
const MAX_MESSAGES = 200;

export interface PullAnswer extends ReadResult {
  /** The body without its messages: a fault, or the times. Undefined where the answer is nothing but messages, or damaged. */
  body: XmlElement | undefined;
}

/**
 * The notifications of an answer, and the rest of it: two readers, each of what it is made for. One that cannot be read
 * costs only itself: an answer is not sent again.
 * @throws PROTOCOL or TOO_LARGE where it cannot be read or is no answer to PullMessages.
 */
export function readPullAnswer(text: string): PullAnswer {
  return atOnce(readPullAnswerInSteps(text));
}

/** The same, in steps. */
export function* readPullAnswerInSteps(text: string): Steps<PullAnswer> {
  const parts = text.length > MAX_ANSWER ? undefined : partsOf(text);
  const known = parts && (yield* readByForm(parts));
  const result = known
    ? { notifications: known, unreadable: [] }
    : yield* readMetadataInSteps(text, MAX_ANSWER);
  const isAnswer = result.notifications.length + result.unreadable.length > 0;
  const rest = parts === undefined ? text : parts.before + parts.after;
  if (isAnswer) return { ...result, body: yield* bodyOf(rest) };
  const body = yield* readSoapBodyInSteps(rest);
  if (/^(PullMessagesResponse|Fault)$/.test(body.local)) return { ...result, body };
  throw fail('PROTOCOL', `its answer to PullMessages is ${JSON.stringify(body.local.slice(0, 60))}`);
}

/** What stands around messages that could be read may be damaged, or nothing at all. */
function* bodyOf(rest: string): Steps<XmlElement | undefined> {
  try {
    return rest.trim() === '' ? undefined : yield* readSoapBodyInSteps(rest);
  } catch {
    return undefined;
  }
}

/** An answer that is cut at the ends of its messages. */
interface Parts {
  before: string;
  /** The name of their element. */
  name: string;
  messages: readonly string[];
  after: string;
}

function partsOf(text: string): Parts | undefined {
  const first = /<((?:[\w.-]+:)?NotificationMessage)[\s>]/.exec(text);
  if (first === null) return undefined;
  const [, name = ''] = first;
  const close = `</${name}>`;
  const messages: string[] = [];
  let at = first.index;
  for (let end = text.indexOf(close, at); end >= 0; end = text.indexOf(close, at)) {
    messages.push(text.slice(at, end + close.length));
    at = end + close.length;
  }
  return { before: text.slice(0, first.index), name, messages, after: text.slice(at) };
}

/** By what stands around the messages, without its texts: tags alone bear the namespaces. */
const readers = new Map<string, Read>();

/** Undefined where a message cannot be read on its own, between what stands around all of them. */
function* readByForm({ before, name, messages, after }: Parts): Steps<Notification[] | undefined> {
  if (messages.length === 0 || messages.length > MAX_MESSAGES) return undefined;
  if (before.length + after.length > MAX_LENGTH) return undefined;
  const surroundings = `${before}\n${after}`.replace(/>[^<]+/g, '>');
  const read =
    readers.get(surroundings) ?? createFormReader(message => readPerfect(before + message + after));
  const all: Notification[] = [];
  for (const message of messages) {
    const said = message.trimStart().startsWith(`<${name}`) ? read(message) : undefined;
    if (said === undefined) return undefined;
    all.push(...said);
    yield;
  }
  if (readers.size === MAX_SURROUNDINGS) readers.clear();
  readers.set(surroundings, read);
  return all;
}
