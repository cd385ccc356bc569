// The triggers of the configuration as parts of the house: each listens where it is told to.
import type { Cause } from '../actions/audit.ts';
import { claimsOf } from '../actions/audit.ts';
import { readPayload, textOf } from '../actions/payload.ts';
import { createTrigger, type Heard, type Trigger } from '../actions/trigger.ts';
import type { Delivery } from '../camera/outlet.ts';
import { isSame } from '../config/same.ts';
import type { EventsMatch, TriggerConfig } from '../config/types.ts';
import type { CameraEvent, Json } from '../event.ts';
import type { Reader } from '../mqtt/reader.ts';
import type { Inbound } from '../mqtt/types.ts';
import { matchesCamera, matchesData, type RoutedCamera } from '../routing/match.ts';
import type { Clock } from '../util/clock.ts';
import type { Log } from '../util/log.ts';
import { matchTopic } from '../util/topic.ts';
import { createDeafness } from './deafness.ts';
import { type Running, reconcile } from './reconcile.ts';

export interface TriggersPart {
  /** Takes up triggers, once the brokers run; touches only what changed. */
  apply(triggers: readonly TriggerConfig[]): Promise<void>;
  /** An event of the bridge. */
  hear(delivery: Delivery, camera: RoutedCamera): void;
  /** What that device said last is not known to hold any more. */
  lose(device: string): void;
  stop(): Promise<void>;
}

export interface TriggersPartOptions {
  readerOf(broker: string): Reader;
  act(trigger: TriggerConfig, cause: Cause): void;
  count(trigger: string, outcome: string): void;
  clock: Clock;
  log: Log;
}

/** A trigger and the connections that it reads from: others after a change of the broker. */
interface Wanted {
  trigger: TriggerConfig;
  readers: readonly Reader[];
}

interface TriggerPart extends Running<Wanted> {
  trigger: Trigger;
}

export function createTriggersPart(options: TriggersPartOptions): TriggersPart {
  const running = new Map<string, TriggerPart>();
  let hearing: (TriggerPart & { match: EventsMatch })[] = [];

  const apply: TriggersPart['apply'] = async triggers => {
    const wanted = triggers.map(trigger => ({ trigger, readers: readersOf(trigger, options.readerOf) }));
    await reconcile<Wanted, TriggerPart>({
      running,
      wanted: new Map(wanted.map(entry => [entry.trigger.name, entry])),
      same: (a, b) =>
        isSame(a.trigger, b.trigger) && a.readers.every((reader, index) => reader === b.readers[index]),
      start: entry => startTrigger(entry, options),
    });
    hearing = [...running.values()].flatMap(part => {
      const { hears } = part.config.trigger;
      return 'camera' in hears ? [{ ...part, match: hears }] : [];
    });
  };

  return {
    apply,
    hear({ event, place }, camera) {
      if (hearing.length === 0) return;
      const heard = toHeard(event, place);
      for (const { match, trigger } of hearing) if (matches(match, event, camera)) trigger.hear(heard);
    },
    lose(device) {
      for (const { trigger } of hearing) trigger.lose(place => place.startsWith(`${device}\n`));
    },
    stop: () => apply([]),
  };
}

function readersOf({ hears, armed }: TriggerConfig, readerOf: (broker: string) => Reader): Reader[] {
  const brokers = [hears, armed].flatMap(part => (part && 'broker' in part ? [part.broker] : []));
  return brokers.map(readerOf);
}

function startTrigger(config: Wanted, options: TriggersPartOptions): TriggerPart {
  const { trigger: spec } = config;
  const { clock } = options;
  const trigger = createTrigger({
    spec,
    clock,
    act: cause => options.act(spec, cause),
    count: outcome => options.count(spec.name, outcome),
  });
  const ends = [listen(spec, trigger, options), listenArming(spec, trigger, options)];
  return {
    config,
    trigger,
    async stop() {
      for (const end of ends) end();
      trigger.stop();
    },
  };
}

function listen(
  { name, hears, when }: TriggerConfig,
  trigger: Trigger,
  { readerOf, clock, log }: TriggersPartOptions,
) {
  if (!('filter' in hears)) return nothing;
  const { broker, filter } = hears;
  const { onUp, onDown } = createDeafness(log, { trigger: name, broker });
  return readerOf(broker).subscribe({
    filters: [filter],
    once: true,
    onMessage: async message =>
      trigger.hear(ofMessage(message, { broker, asJson: when !== undefined, now: clock.monotonic() })),
    onUp,
    onDown(error) {
      trigger.lose();
      onDown(error);
    },
  });
}

function listenArming(
  { name, armed }: TriggerConfig,
  trigger: Trigger,
  { readerOf, log }: TriggersPartOptions,
) {
  if (armed === undefined || !('topic' in armed)) return nothing;
  const { broker, topic } = armed;
  const { onUp, onDown } = createDeafness(log, { trigger: name, broker });
  return readerOf(broker).subscribe({
    filters: [topic],
    onMessage: async ({ payload }) => trigger.arm(textOf(payload)),
    onUp,
    onDown(error) {
      trigger.arm(undefined);
      onDown(error);
    },
  });
}

function ofMessage(
  { topic, payload, retain, properties }: Inbound,
  { broker, asJson, now }: { broker: string; asJson: boolean; now: number },
): Heard {
  const read = asJson ? readPayload(payload) : undefined;
  const seconds = properties.messageExpiryInterval;
  return {
    place: topic,
    ...(asJson ? {} : { text: textOf(payload) }),
    ...(read?.ok ? { value: read.value } : {}),
    old: retain,
    cause: {
      broker,
      topic,
      properties: claimsOf(properties.userProperties),
      ...(seconds === undefined ? {} : { expires: now + seconds * 1000 }),
    },
  };
}

function toHeard(event: CameraEvent, place: string): Heard {
  const { device, topic, id } = event;
  return {
    place: `${device}\n${place}`,
    value: saidOf(event),
    old: event.operation === 'initialized',
    gone: event.operation === 'deleted',
    cause: { device, topic, event: id },
  };
}

/** What conditions may ask of an event: as it is published. */
function saidOf({ device, serial, topic, kind, source, key, data, active, labels }: CameraEvent): Json {
  const told = { device, serial, topic, kind, source, key, data, labels: { ...labels } };
  return active === undefined ? told : { ...told, active };
}

function matches(match: EventsMatch, event: CameraEvent, camera: RoutedCamera): boolean {
  return (
    (match.kind === undefined || match.kind === event.kind) &&
    matchTopic(match.topic, event.topic) &&
    matchesData(match.source, event.source) &&
    matchesCamera({ camera: match.camera, labels: {} }, camera)
  );
}

function nothing(): void {
  // It listens at no broker.
}
