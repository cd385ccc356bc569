// A device as Home Assistant is to see it at a broker: what is known of it, on the topics that the routes give it there.
import type { Item, Notification, Reading, TopicDeclaration } from '../../event.ts';
import type { ShownCommands, ShownDevice, Subject } from '../../homeassistant/types.ts';
import { type Property, propertyOf } from '../../normalize/identity.ts';
import { normalize } from '../../normalize/normalize.ts';
import type { Outbox } from '../../outbox/outbox.ts';
import { topicLevel } from '../../routing/level.ts';
import type { RouteEvent } from '../../routing/router.ts';
import type { Equipment } from './equipment.ts';

export interface KnownDevice {
  id: string;
  labels: Readonly<Record<string, string>>;
  /** Whether the camera's configuration takes events of that topic. */
  wants(topic: string): boolean;
  /** Its info as it is published (DESIGN 3.1). */
  info: string;
  readings: readonly Reading[];
  /** The commands that the camera allows. */
  commands: readonly string[];
  /** What it has for these; undefined until it has said. */
  equipment: Equipment | undefined;
}

export interface Place {
  base: string;
  /** `{base}/bridge/{id}/state`. */
  bridgeState: string;
  broker: string;
  /** Whether commands are taken there. */
  commanded: boolean;
  /** The device's routes of the format that Home Assistant is told to read. */
  route: RouteEvent;
  notes: Outbox['notes'];
  /** What the device is known by there, by its serial number. */
  identify(serial: string): string;
}

interface Info {
  serial?: string;
  brand?: string;
  model?: string;
  fullName?: string;
  firmware?: string;
  events: Record<string, Omit<TopicDeclaration, 'topic'>>;
}

/** Undefined where its serial number is not known. `identify` gives what it is known by. */
export function shownDevice(known: KnownDevice, place: Place): ShownDevice | undefined {
  const { serial, brand, model, fullName, firmware, events }: Info = JSON.parse(known.info);
  if (serial === undefined) return undefined;
  const topic = `${place.base}/${topicLevel(known.id)}`;
  const declarations = new Map(
    Object.entries(events).map(([name, declared]) => [name, { topic: name, ...declared }]),
  );
  const area = known.labels['area'];
  const commands = place.commanded ? commandsOf(known, `${topic}/command`) : undefined;
  return {
    id: known.id,
    serial,
    identity: place.identify(serial),
    ...(brand === undefined ? {} : { brand }),
    ...(model === undefined ? {} : { model }),
    ...(fullName === undefined ? {} : { fullName }),
    ...(firmware === undefined ? {} : { firmware }),
    ...(area === undefined ? {} : { area }),
    availability: [place.bridgeState, `${topic}/availability`],
    subjects: subjectsOf(known, place, { serial, declarations }),
    complete: declarations.size > 0 && hasEquipment(known, place) && hasAllReadings(known, place.notes),
    readings: known.readings.map(({ api, item, values, units, counters }) => {
      const name = item === undefined ? api : `${api}/${topicLevel(item)}`;
      return { api, item, values, units, counters, mqttTopic: `${topic}/reading/${name}` };
    }),
    ...(commands === undefined ? {} : { commands }),
  };
}

function commandsOf({ commands, equipment }: KnownDevice, topic: string): ShownCommands | undefined {
  if (commands.length === 0 || equipment === undefined) return undefined;
  return { topic, allowed: commands, ...equipment };
}

function hasEquipment({ commands, equipment }: KnownDevice, { commanded }: Place): boolean {
  return !commanded || commands.length === 0 || equipment !== undefined;
}

/** Whether all that was read of it before, in an earlier run too, was read again. */
function hasAllReadings({ id, readings }: KnownDevice, notes: Outbox['notes']): boolean {
  const prefix = `reading/${id}/`;
  const read = new Set(
    readings.map(({ api, item }) => prefix + (item === undefined ? api : `${api}/${item}`)),
  );
  return [...notes(prefix)].every(({ key }) => read.has(key));
}

interface Declared {
  serial: string;
  declarations: ReadonlyMap<string, TopicDeclaration>;
}

/** The properties that it has said, and its topics of pulses: which of these there are, only the declarations tell. */
function subjectsOf(known: KnownDevice, place: Place, { serial, declarations }: Declared): Subject[] {
  const properties = [...place.notes(`state/${known.id}/`)].flatMap(({ key }) => {
    const property = propertyOf(key.slice(`state/${known.id}/`.length));
    const declaration = property && declarations.get(property.topic);
    const isState = declaration?.property && known.wants(declaration.topic);
    return property && isState ? [{ said: property, declaration }] : [];
  });
  const pulses = [...declarations.values()]
    .filter(({ topic, property }) => !property && known.wants(topic))
    .map(declaration => ({ said: anyOf(declaration), declaration }));
  return [...properties, ...pulses].flatMap(({ said, declaration }) => {
    const subject = subjectOf(said, declaration, { known, serial, place });
    return subject === undefined ? [] : [subject];
  });
}

/** Undefined where no route takes it there. */
function subjectOf(
  of: Property,
  declaration: TopicDeclaration,
  { known, serial, place }: { known: KnownDevice; serial: string; place: Place },
): Subject | undefined {
  const { id: device, labels } = known;
  const said: Notification = { ...of, time: null, data: [] };
  const context = {
    device,
    serial,
    labels,
    declaration,
    id: '',
    operation: 'initialized',
    resync: false,
  } as const;
  const event = normalize(said, { ...context, received: 0 });
  const publications = place.route({ event, said }).filter(({ broker }) => broker === place.broker);
  // What the broker keeps, Home Assistant knows after its own restart.
  const publication = publications.find(({ retain }) => retain) ?? publications[0];
  if (publication === undefined) return undefined;
  const { topic, kind, aggregate = false } = event;
  const [source, key] = kind === 'property' ? [of.source, of.key] : [[], []];
  const mqttTopic = kind === 'property' ? publication.topic : asFilter(publication.topic);
  return { topic, kind, source, key, data: declaration.data, aggregate, mqttTopic };
}

/** Stands for whatever a pulse says of its source. */
const ANY = 'any.source.of.axis2mqtt';

function anyOf({ topic, source, key }: TopicDeclaration): Property {
  const items = (declared: readonly { name: string }[]): Item[] =>
    declared.map(({ name }) => ({ name, value: ANY }));
  return { topic, source: items(source), key: items(key) };
}

function asFilter(topic: string): string {
  return topic
    .split('/')
    .map(level => (level.includes(ANY) ? '+' : level))
    .join('/');
}
