// The device's own MQTT client at work: it connects as it is configured, and publishes the events that its filters let through.
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { sleep } from '../../util/clock.ts';
import type { Connection, Core } from '../core.ts';
import type { Message } from '../rtsp/metadata.ts';
import { publicationsOf } from './message.ts';

export interface MqttLink {
  /** The device has power: it connects where it is active. */
  up(): void;
  /** The device has none any more, without a goodbye; resolves when its socket is closed. */
  down(): Promise<void>;
}

const SCHEMES: Readonly<Record<string, string>> = { tcp: 'mqtt', ssl: 'mqtts', ws: 'ws', wss: 'wss' };
const RECONNECT_MS = 200;
const GOODBYE_MS = 1_000;

export function createMqttLink(core: Core): MqttLink {
  const { mqtt } = core;
  let powered = false;
  let client: MqttClient | undefined;
  let turn = Promise.resolve();
  const start = () => {
    if (powered && mqtt.active) client ??= open(core);
  };
  const restart = async () => {
    if (client !== undefined) await leave(client, core);
    client = undefined;
    start();
  };
  // One after the other: two clients of one ID would push each other out for ever.
  mqtt.changed = () => {
    turn = turn.then(restart);
  };
  return {
    up() {
      powered = true;
      start();
    },
    async down() {
      powered = false;
      await turn;
      await client?.endAsync(true);
      client = undefined;
    },
  };
}

/** Says goodbye, for a second at most. */
async function leave(client: MqttClient, core: Core): Promise<void> {
  const late = new AbortController();
  if (client.connected) tell(client, core, 'Disconnected');
  const patience = sleep(core.settings.clock, GOODBYE_MS, late.signal);
  await Promise.race([client.endAsync(!client.connected), patience]);
  late.abort();
  client.stream.destroy();
}

function open(core: Core): MqttClient {
  const { mqtt } = core;
  const { protocol, host, port, basepath } = mqtt.client['server'] as Record<string, string>;
  const client = connect(`${SCHEMES[protocol ?? 'tcp']}://${host}:${port}${basepath ?? ''}`, optionsOf(core));
  const stream = createStream(core, client);
  client.on('connect', () => {
    mqtt.connected = true;
    tell(client, core, 'Connected');
    core.connections.add(stream);
    if (core.settings.mqtt.replay !== false) stream.deliver([...replay(core)]);
  });
  client.on('close', () => {
    mqtt.connected = false;
    core.connections.delete(stream);
  });
  // It tries again.
  client.on('error', () => undefined);
  return client;
}

function optionsOf(core: Core): IClientOptions {
  const { client, password } = core.mqtt;
  return {
    clientId: String(client['clientId']),
    keepalive: Number(client['keepAliveInterval']),
    clean: client['cleanSession'] !== false,
    reconnectPeriod: client['autoReconnect'] === false ? 0 : RECONNECT_MS,
    rejectUnauthorized: (client['ssl'] as Record<string, unknown>)['validateServerCert'] !== false,
    ...(client['username'] ? { username: String(client['username']) } : {}),
    ...(password === undefined ? {} : { password }),
    will: { ...statement(core, 'Connection Lost'), qos: 1, retain: true },
  };
}

type Statement = 'Connected' | 'Disconnected' | 'Connection Lost';

function statement({ mqtt, settings, now }: Core, description: Statement) {
  const timestamp = `${new Date(now()).toISOString().slice(0, 19)}z`;
  const said = {
    serialNumber: settings.serial,
    connected: description === 'Connected',
    description,
    timestamp: description === 'Connection Lost' ? null : timestamp,
  };
  const topic = `${mqtt.client['deviceTopicPrefix']}/event/connection`;
  return { topic, payload: Buffer.from(JSON.stringify(said)) };
}

function tell(client: MqttClient, core: Core, description: Statement): void {
  const { topic, payload } = statement(core, description);
  client.publish(topic, payload, { qos: 1, retain: true });
}

function* replay({ states, stamp }: Core): Generator<Message> {
  const time = stamp();
  for (const state of states.all()) yield { ...state, time, operation: 'initialized' };
}

/** The part of a connection that a client at a broker can play. */
function createStream(core: Core, client: MqttClient): Connection {
  let held: Message[] | undefined;
  const deliver = (messages: readonly Message[]) => {
    if (held !== undefined) return void held.push(...messages);
    for (const message of messages)
      for (const { topic, payload, qos, retain } of publicationsOf(message, core.mqtt, core.settings.serial))
        client.publish(topic, payload, { qos, retain });
  };
  return {
    get playing() {
      return client.connected;
    },
    get blocked() {
      return held !== undefined;
    },
    deliver,
    send(shot) {
      const message = shot.message();
      deliver([message]);
      return publicationsOf(message, core.mqtt, core.settings.serial).length > 0;
    },
    sendRaw() {},
    garbage: bytes => void client.publish(`${core.mqtt.client['deviceTopicPrefix']}/event/garbage`, bytes),
    halfPacket: () => () => undefined,
    gather: write => write(),
    stall(on) {
      const waiting = held ?? [];
      held = on ? waiting : undefined;
      if (!on) deliver(waiting);
    },
    deafen() {},
    drop: () => void client.stream.destroy(),
  };
}
