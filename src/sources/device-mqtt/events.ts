// Messages of a device's own MQTT client to emitted notifications (PROTOCOLS 5.3).
import type { Declarations, Notification, Unreadable } from '../../event.ts';
import { readDeviceTopic } from '../../protocol/device-topic.ts';
import { readJson } from '../../protocol/json.ts';
import { findTopic, readJsonNotification } from '../../protocol/json-notification.ts';
import { fail, wordsOf } from '../../util/errors.ts';
import { createVapixClient } from '../../vapix/client.ts';
import { fetchEventInstances } from '../../vapix/event-instances.ts';
import { type Fields, fieldsOf, textOf } from '../../vapix/json.ts';
import { normalizeSerial } from '../../vapix/serial.ts';
import type { CatchUp } from '../catch-up.ts';
import type { SourceContext } from '../source.ts';
import { createRepeats } from './repeats.ts';

export interface MqttMessage {
  topic: string;
  payload: Buffer;
  /** The broker had kept it from before the subscription. */
  retain: boolean;
}

export interface DeviceEventsOptions {
  context: Pick<SourceContext, 'address' | 'clock' | 'log' | 'count' | 'emit' | 'raw' | 'unreadable'>;
  prefixes: readonly string[];
  /** The serial number that the device is to have; undefined: any. */
  expected: string | undefined;
  /** Called before each event: the device is there. */
  open(): void;
  catchUp: CatchUp;
  signal: AbortSignal;
}

/**
 * Makes the function that takes them in order; it resolves when one is durable. A retained message is a state as of an
 * unknown time: it is `initialized` where the device declares its topic a property. Any other would be an old pulse
 * that looks like a new one, and is passed over.
 */
export function createDeviceEvents(options: DeviceEventsOptions): (message: MqttMessage) => Promise<void> {
  const { context, prefixes, expected, open, catchUp, signal } = options;
  const isRepeat = createRepeats();
  let declarations: Promise<Declarations> | undefined;
  let waiting = 0;
  let told = false;

  // What is retained is a state as it stands, and may well be as it was last said.
  const isSaidAgain = ({ topic, payload, retain }: MqttMessage, { time }: Notification) =>
    !retain && time !== null && isRepeat(topic, payload);

  const pass = (notification: Notification): Promise<void> => {
    if (signal.aborted) return DONE;
    open();
    catchUp.said(notification.time);
    return context.emit(notification);
  };

  const passOver = (topic: string) => {
    if (!told) context.log.info({ topic }, 'retained messages of what is no declared state are passed over');
    told = true;
  };

  /** Those behind a retained one wait in line too: a device's events keep their order. */
  const passLater = async (notification: Notification, retain: boolean): Promise<void> => {
    waiting += 1;
    declarations ??= ask(context, signal);
    const declared = (await declarations).get(notification.topic);
    waiting -= 1;
    if (!retain) return pass(notification);
    if (declared?.property) return pass({ ...notification, operation: 'initialized' });
    passOver(notification.topic);
  };

  return async ({ topic, payload, retain }) => {
    const path = pathOf(topic, prefixes);
    // Nothing is what clears a retained message; that the property is gone it does not say.
    if (path === undefined || path === 'connection' || payload.length === 0) return;
    context.count('bytes', payload.length);
    context.count('documents');
    context.raw?.(payload);
    let notification: Notification;
    try {
      notification = read(payload, path, expected);
    } catch (error) {
      const reason = `${topic}: ${wordsOf(error)}`;
      const about = findTopic(payload) ?? readDeviceTopic(path);
      return context.unreadable({ reason, count: 1, ...(about && { topic: about }) });
    }
    if (isSaidAgain({ topic, payload, retain }, notification)) return;
    await (retain || waiting > 0 ? passLater(notification, retain) : pass(notification));
  };
}

/** What is lost with a message that is too large to be read; undefined where that was no event. */
export function tooLarge(
  { topic, bytes }: { topic: string; bytes: number },
  prefixes: readonly string[],
): Unreadable | undefined {
  const path = pathOf(topic, prefixes);
  if (path === undefined || path === 'connection') return undefined;
  const about = readDeviceTopic(path);
  return { reason: `a message of ${bytes} bytes on ${topic}`, count: 1, ...(about && { topic: about }) };
}

const DONE = Promise.resolve();

/** What follows `{prefix}/event/`; nothing where the device appends no topic. */
function pathOf(topic: string, prefixes: readonly string[]): string | undefined {
  const prefix = prefixes.find(one => `${topic}/`.startsWith(`${one}/event/`));
  return prefix === undefined ? undefined : topic.slice(prefix.length + '/event/'.length);
}

/** The payload's topic counts: that of the message may lack its namespaces, or say nothing at all. */
function read(payload: Buffer, path: string, expected: string | undefined): Notification {
  const fields = parse(payload);
  const serial = normalizeSerial(textOf(fields['serial']));
  if (expected !== undefined && serial !== undefined && serial !== expected)
    throw fail('WRONG_DEVICE', `an event of ${serial}, not ${expected}`);
  return readJsonNotification(
    fields['topic'] === undefined ? { ...fields, topic: readDeviceTopic(path) } : fields,
  );
}

function parse(payload: Buffer): Fields {
  const fields = fieldsOf(readJson(payload.toString()));
  if (Object.keys(fields).length === 0) throw fail('PROTOCOL', 'no JSON object with anything in it');
  return fields;
}

/** None where it does not tell them. */
async function ask(
  { address, clock, log }: DeviceEventsOptions['context'],
  signal: AbortSignal,
): Promise<Declarations> {
  const client = createVapixClient({ address, signal, clock });
  try {
    return await fetchEventInstances(client);
  } catch (error) {
    if (!signal.aborted) log.info({}, `its declarations are not to be had: ${String(error)}`);
    return new Map();
  } finally {
    client.close();
  }
}
