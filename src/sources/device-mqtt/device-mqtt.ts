// The source for devices that the bridge need not reach: what their own MQTT client publishes at a broker (PROTOCOLS 5).
import { aborted, type Ending, endWith } from '../../util/ending.ts';
import { type BridgeError, fail } from '../../util/errors.ts';
import type { Moment } from '../../util/moment.ts';
import { createVapixClient } from '../../vapix/client.ts';
import { fetchDeviceInfo } from '../../vapix/device-info.ts';
import { CatchUp } from '../catch-up.ts';
import type { Source, SourceContext } from '../source.ts';
import { createDeviceEvents, type MqttMessage, tooLarge } from './events.ts';
import { createPresence } from './presence.ts';

/** Subscribes at the broker; `onDown`: the subscription is over, or cannot be had. Returns the end of it. */
export type MqttSubscribe = (subscription: {
  filters: readonly string[];
  onMessage(message: MqttMessage): Promise<void>;
  /** A message came that is too large to be read. */
  onTooLarge?(message: { topic: string; bytes: number }): void;
  onUp(): void;
  /** The broker has answered what it was asked at that moment, behind all that it had sent. */
  onAnswered?(asked: Moment): void;
  onDown(error: BridgeError): void;
}) => () => void;

export interface DeviceMqttOptions {
  subscribe: MqttSubscribe;
  /** Its deviceTopicPrefix, in which `{serial}` stands for its serial number. */
  prefix?: string | undefined;
  /** Its serial number; without it the device is asked, where a prefix needs it. */
  serial?: string | undefined;
}

const SERIAL = '{serial}';
/** The device's default, and that of older firmware. */
const PREFIXES = [`axis/${SERIAL}`, SERIAL];
const PATIENCE_MS = 30_000;

/**
 * Makes the source of one device. It ends with CLOSED when the device's client is gone (the will that it left at the
 * broker says so), and with the broker's error when that is.
 */
export function createDeviceMqtt({ subscribe, prefix, serial }: DeviceMqttOptions): Source {
  // That it is gone ends a run once. The next one waits, so that what it says on its return is heard.
  const known = { gone: false };
  return async context => {
    try {
      context.signal.throwIfAborted();
      const isNeeded = prefix === undefined || prefix.includes(SERIAL);
      const expected = serial ?? (isNeeded ? await askSerial(context) : undefined);
      const prefixes = devicePrefixes(prefix, expected);
      await listen(context, { subscribe, prefixes, expected, known });
    } catch (error) {
      if (!context.signal.aborted) throw error;
    }
  };
}

/** Under what a device publishes: the prefix that is configured, or the two that devices have by themselves. */
export function devicePrefixes(prefix: string | undefined, serial = ''): string[] {
  return (prefix === undefined ? PREFIXES : [prefix]).map(one => one.replaceAll(SERIAL, serial));
}

async function askSerial({ address, signal }: SourceContext): Promise<string> {
  const client = createVapixClient({ address, signal });
  try {
    const { serial } = await fetchDeviceInfo(client);
    if (serial !== undefined) return serial;
  } finally {
    client.close();
  }
  throw fail('CONFIG', `${address.host} tells no serial number: give the camera its \`serial\``);
}

interface ListenOptions {
  subscribe: MqttSubscribe;
  prefixes: readonly string[];
  expected: string | undefined;
  known: { gone: boolean };
}

async function listen(context: SourceContext, options: ListenOptions): Promise<void> {
  const { signal, clock, log } = context;
  const ending = endWith(signal);
  const tell = () => log.warn({ prefixes: options.prefixes }, NOTHING_YET);
  const cancel = clock.after(PATIENCE_MS, tell);
  let unsubscribe = () => {};
  try {
    unsubscribe = hear(context, { ...options, ending, opened: cancel });
    await aborted(ending.signal);
    throw ending.signal.reason;
  } finally {
    ending.unlink();
    cancel();
    unsubscribe();
  }
}

const NOTHING_YET =
  'nothing has come from its own MQTT client yet: is it active, at this broker, with this prefix?';

interface HearOptions extends ListenOptions {
  ending: Ending;
  opened(): void;
}

/** Asks first whether the device is there, then for its events, so that what the broker retains of it comes last. */
function hear(context: SourceContext, options: HearOptions): () => void {
  const { subscribe, prefixes, known, ending } = options;
  const { end } = ending;
  const presence = createPresence({ ...options, unreadable: context.unreadable });
  const up = { presence: false, events: false };
  let isOpen = false;
  let missed = false;
  let leaveEvents: (() => void) | undefined;

  const open = () => {
    if (isOpen || ending.signal.aborted) return;
    isOpen = true;
    known.gone = false;
    options.opened();
    const serial = presence.serial();
    context.opened({ realm: serial && `AXIS_${serial}`, date: undefined });
  };

  const catchUp = new CatchUp(context);
  const events = createDeviceEvents({ ...options, context, open, catchUp, signal: ending.signal });
  const answered = afterSilence(asked => catchUp.answered(asked));

  /** The broker says what it retains to each new subscription, made before the old one ends: nothing is missed. */
  const hearEvents = () => {
    const leave = leaveEvents;
    missed = false;
    leaveEvents = subscribe({
      filters: prefixes.map(prefix => `${prefix}/event/#`),
      async onMessage(message) {
        // What is retained of a device that is gone is no sign of it.
        if (message.retain && presence.state() === 'gone') missed = true;
        else await events(message).then(catchUp.open(), end);
      },
      onTooLarge(message) {
        const lost = tooLarge(message, prefixes);
        if (lost !== undefined) context.unreadable(lost);
      },
      onUp() {
        up.events = true;
        judge();
      },
      onAnswered: answered,
      onDown: end,
    });
    leave?.();
  };

  const judge = () => {
    const state = presence.state();
    if (state === 'gone' && (isOpen || !known.gone)) {
      known.gone = true;
      return end(fail('CLOSED', `${prefixes[0]}: its own MQTT client says that it is not connected`));
    }
    if (leaveEvents === undefined || (state === 'here' && missed)) hearEvents();
    if (state === 'here' && up.events) open();
  };

  const leavePresence = subscribe({
    filters: prefixes.map(prefix => `${prefix}/event/connection`),
    async onMessage(message) {
      presence.take(message);
      if (up.presence) judge();
    },
    onUp() {
      up.presence = true;
      judge();
    },
    onDown: end,
  });
  return () => {
    leavePresence();
    leaveEvents?.();
  };
}

/** So long (ms) a broker takes to tell that a client is gone: one and a half of its keep-alive, 60 s (PROTOCOLS 5.1). */
const SILENCE_MS = 90_000;

/** Hands on the moment of a ping once it is certain that the device's own client was there: the broker would have told. */
function afterSilence(certain: (asked: Moment) => void): (asked: Moment) => void {
  const pings: Moment[] = [];
  return asked => {
    pings.push(asked);
    const isCertain = ({ monotonic }: Moment) => asked.monotonic - monotonic > SILENCE_MS;
    const [last] = pings.splice(0, pings.filter(isCertain).length).slice(-1);
    if (last !== undefined) certain(last);
  };
}
