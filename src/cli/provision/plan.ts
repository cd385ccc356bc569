// What has to change in a device for its own MQTT client to publish to a broker, as a difference; pure.
import type { Fields } from '../../vapix/json.ts';
import type { MqttClientStatus, MqttServer } from '../../vapix/mqtt-client.ts';
import type { Publication, PublicationFilter } from '../../vapix/mqtt-events.ts';

/** What the device is to do. */
export interface Wanted {
  server: MqttServer;
  prefix: string;
  /** Undefined: it keeps its own. */
  username: string | undefined;
  /** Whether it is given a password. */
  password: boolean;
  /** Topic filters that have to be published, in the device's prefixes. */
  filters: readonly string[];
}

export interface Change {
  what: string;
  from: string;
  to: string;
}

export interface Plan {
  changes: readonly Change[];
  /** For `configureMqttClient`: all that the device has, and what changes; undefined where nothing does. */
  client: Fields | undefined;
  /** For `configurePublication`, which replaces the list: all that is in it, and ours behind. */
  publication: Fields | undefined;
  activate: boolean;
  added: readonly PublicationFilter[];
  kept: readonly PublicationFilter[];
  /** Others who listen to it would lose it. */
  takesOver: readonly Change[];
  warnings: readonly string[];
}

interface Row extends Change {
  /** Whether others may rely on what was there, where the client is active. */
  shared?: true;
  set: Fields;
}

/** Compares what is there with what is wanted. */
export function planProvision(status: MqttClientStatus, publication: Publication, wanted: Wanted): Plan {
  const client = clientRows(status, wanted).filter(differs);
  const events = publicationRows(publication, wanted).filter(differs);
  const filters = publication.filters.map(({ topicFilter }) => topicFilter);
  const missing = wanted.filters.filter(filter => !filters.some(other => covers(other, filter)));
  // States are kept at the broker, so that those who subscribe later know them.
  const added = missing.map(topicFilter => ({ topicFilter, qos: 1, retain: 'property' }));
  const list = { eventFilterList: [...publication.filters, ...added] };
  return {
    changes: [...client, ...events].map(({ what, from, to }) => ({ what, from, to })),
    client: client.length === 0 ? undefined : { ...MESSAGES, ...status.config, ...setsOf(client) },
    publication:
      added.length + events.length === 0 ? undefined : { ...publication.config, ...setsOf(events), ...list },
    activate: !status.active || client.length > 0,
    added,
    kept: publication.filters,
    takesOver: [...(status.active ? client.filter(({ shared }) => shared) : []), ...events],
    warnings: [...messageWarnings(status), ...filterWarnings(publication, missing)],
  };
}

/** A broker as a person reads it. */
export function showServer({ protocol, host, port, basepath }: MqttServer): string {
  return host === '' ? 'none' : `${protocol}://${host}:${port}${basepath}`;
}

/**
 * Whether all that `filter` lets through `other` does too. Both are of the ConcreteSet dialect: a topic, a subtree
 * (`…//.`), or several of them with `|` in between.
 */
export function covers(other: string, filter: string): boolean {
  return filter.split('|').every(term => other.split('|').some(wide => coversTerm(wide.trim(), term.trim())));
}

const SUBTREE = '//.';

function coversTerm(wide: string, term: string): boolean {
  if (wide === term) return true;
  if (!wide.endsWith(SUBTREE)) return false;
  const root = wide.slice(0, -SUBTREE.length);
  const topic = term.endsWith(SUBTREE) ? term.slice(0, -SUBTREE.length) : term;
  return root === '' || topic === root || topic.startsWith(`${root}/`);
}

/** Where the device says nothing of its connect message and its will, it is told to use its own. */
const MESSAGES = {
  lastWillTestament: { useDefault: true },
  connectMessage: { useDefault: true },
  disconnectMessage: { useDefault: true },
};

function clientRows(status: MqttClientStatus, { server, prefix, username, password }: Wanted): Row[] {
  const { config } = status;
  const row = (what: string, from: string, to: string, set: Fields): Row => ({ what, from, to, set });
  const merged = { ...(config['server'] as Fields | undefined), ...server };
  return [
    { ...row('broker', showServer(status.server), showServer(server), { server: merged }), shared: true },
    { ...row('prefix', status.prefix, prefix, { deviceTopicPrefix: prefix }), shared: true },
    row('user name', status.username, username ?? status.username, { username }),
    row('password', 'kept', password ? 'the given one' : 'kept', {}),
    row('after a restart', config['activateOnReboot'] === true ? 'active' : 'inactive', 'active', {
      activateOnReboot: true,
    }),
  ];
}

function publicationRows({ customPrefix, config }: Publication, { prefix }: Wanted): Row[] {
  const isOurs = customPrefix === '' || customPrefix === prefix;
  const set = { topicPrefix: 'default', customTopicPrefix: '' };
  return config['topicPrefix'] === 'custom' && !isOurs
    ? [{ what: 'prefix of events', from: customPrefix, to: prefix, set }]
    : [];
}

function differs({ from, to }: Row): boolean {
  return from !== to;
}

function setsOf(rows: readonly Row[]): Fields {
  return Object.assign({}, ...rows.map(({ set }) => set));
}

function* messageWarnings({ config }: MqttClientStatus): Generator<string> {
  for (const name of Object.keys(MESSAGES)) {
    const message = config[name] as Fields | undefined;
    if (message?.['useDefault'] === false)
      yield `its ${name} is not the default one: that it comes and goes may not be noticed`;
  }
}

function* filterWarnings({ filters }: Publication, missing: readonly string[]): Generator<string> {
  for (const { topicFilter, retain } of filters) {
    const twice = missing.find(filter => covers(filter, topicFilter));
    if (twice !== undefined) yield `events of ${topicFilter} will come twice, by ${twice} too`;
    else if (retain === undefined || retain === 'none')
      yield `states of ${topicFilter} are not retained: after a start they are unknown until they change`;
  }
}
