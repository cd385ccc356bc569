// What of the file's text a problem may show: the value of a key that holds no secret, if it looks like what that key
// takes. A password that slipped into the wrong place does not, and what `${NAME}` brings is never looked at.
import { suggest } from '../util/suggest.ts';
import type { Path } from './path.ts';
import type { Value } from './yaml/values.ts';

const QUANTITY = /^[-+]?\d[\d.,:]{0,20} ?[A-Za-z]{0,8}$/;
const WORD = /^[A-Za-z][\w-]{0,40}$/;
const NAME = /^[\w.*#+/ -]{1,64}$/;
const SERIAL = /^[\dA-Fa-f:-]{1,20}$/;
// With a sign of what they are: a word alone may be anything.
const TOPIC = /^(?=.*[:*/{}#+])[\w:*/{}.#+&-]{1,128}$/;
const HOST = /^(?=.*[.:/])[\w.:/[\]-]{1,64}$/;

// biome-ignore format: a table reads by rows
const FORMS: readonly (readonly [form: RegExp, keys: readonly string[]])[] = [
  [QUANTITY, ['port', 'rtspPort', 'qos', 'protocolVersion', 'budget', 'every', 'for', 'cooldown', 'from', 'to', 'expiry',
    'deliverWithin', 'timeToLive', 'maxBytes', 'maxAge', 'over']],
  [WORD, ['camera', 'source', 'retain', 'format', 'api', 'do', 'kind', 'publish', 'level', 'action', 'broker', 'onUndelivered',
    'commands', 'https', 'insecure', 'enabled', 'audit', 'retained', 'together', 'dryRun', 'requireSubscriber',
    'namespaces', 'serialInPayload', 'allowBasicOverHttp']],
  [NAME, ['id']],
  [SERIAL, ['serial']],
  [TOPIC, ['topic', 'include', 'exclude', 'baseTopic', 'discoveryPrefix']],
  [HOST, ['host']],
];

/** What YAML 1.2 takes for a text. */
const SWITCHES = new Set(['yes', 'no', 'on', 'off', 'Yes', 'No', 'On', 'Off']);

const FORM_OF = new Map(FORMS.flatMap(([form, keys]) => keys.map(key => [key, form] as const)));

/**
 * The value at `path`, for a message; undefined where it may be a secret, is none, or is too long. A word is shown if it is
 * almost one of those that the message names.
 */
export function shownValue(root: Value, path: Path, message = ''): string | undefined {
  // At the top are sections: a key that is none takes nothing that is known to be no secret.
  if (path.length < 2) return undefined;
  const key = path.findLast(step => typeof step === 'string');
  const form = typeof key === 'string' ? FORM_OF.get(key) : undefined;
  const value = valueAt(root, path);
  if (form === undefined || value === undefined || value === null || typeof value === 'object')
    return undefined;
  const text = String(value);
  if (typeof value === 'boolean' || QUANTITY.test(text)) return text;
  if (!form.test(text)) return undefined;
  return form !== WORD || SWITCHES.has(text) || isAlmostIn(message, text) ? text : undefined;
}

function isAlmostIn(message: string, word: string): boolean {
  return suggest(word, message.match(/[\w-]+/g) ?? []) !== undefined;
}

/** The ID of the camera that `path` lies in, or the host of one without. */
export function shownCamera(root: Value, path: Path): string | undefined {
  const [section, index, key] = path;
  if (section !== 'cameras' || index === undefined) return undefined;
  const names = ['id', 'serial', 'host'].filter(name => name !== key);
  return names.map(name => shownValue(root, [section, index, name])).find(text => text !== undefined);
}

function valueAt(root: Value, path: Path): Value | undefined {
  return path.reduce<Value | undefined>((at, step) => {
    if (Array.isArray(at)) return typeof step === 'number' ? at[step] : undefined;
    const isHere =
      typeof at === 'object' && at !== null && typeof step === 'string' && Object.hasOwn(at, step);
    return isHere ? at[step] : undefined;
  }, root);
}
