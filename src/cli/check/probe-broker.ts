// What `check` finds out of a broker: connects under another client ID than the bridge's, publishes once, disconnects.
import { listenerOf } from '../../bridge/embedded.ts';
import { peerOptions } from '../../bridge/peer.ts';
import type { BrokerConfig, Config } from '../../config/types.ts';
import { createDialer } from '../../mqtt/dial.ts';
import { startEmbedded } from '../../mqtt/embedded.ts';
import type { Connection, Limits, PublishResult } from '../../mqtt/types.ts';
import { systemClock } from '../../util/clock.ts';
import { type BridgeError, fail, fromSystem } from '../../util/errors.ts';
import { type Finding, failedBy, PATIENCE_MS } from './finding.ts';

/** Never rejects. */
export async function probeBroker(
  config: BrokerConfig,
  { baseTopic, id }: Config['bridge'],
): Promise<Finding> {
  const { name, urls, clientId, embedded } = config;
  const found = { kind: 'broker', name, address: urls.join(', '), warnings: [] } as const;
  if (embedded) return { ...found, ...(await probeEmbedded(config)) };
  const dial = createDialer({
    broker: { ...peerOptions(config), clientId: `${clientId}-check` },
    clock: systemClock,
  });
  try {
    const connection = await dial(AbortSignal.timeout(PATIENCE_MS));
    const { version, server, limits } = connection;
    const refusal = await tryPublish(connection, `${baseTopic}/bridge/${id}/check`);
    await connection.close();
    const facts = { server, version: version === 5 ? 'MQTT 5' : 'MQTT 3.1.1', ...limitFacts(limits) };
    return { ...found, facts, ...(refusal && { failed: failedBy(refusal) }) };
  } catch (error) {
    return { ...found, facts: {}, failed: failedBy(fromSystem(error, name)) };
  }
}

/** Listens for a moment. A port that is in use may be that of the bridge, which runs: a warning. */
async function probeEmbedded(config: BrokerConfig): Promise<Pick<Finding, 'facts' | 'warnings'>> {
  const facts = { embedded: 'the bridge is this broker' };
  try {
    const broker = await startEmbedded(listenerOf(config));
    await broker.close();
    return { facts, warnings: [] };
  } catch (error) {
    const { code, message } = fromSystem(error, config.name);
    return { facts, warnings: [`${code}: ${message}, unless it is the bridge that runs`] };
  }
}

/** A message that nobody keeps, beside the bridge's own: a broker that refuses it takes nothing, or has too narrow an access list. */
async function tryPublish(connection: Connection, topic: string): Promise<BridgeError | undefined> {
  const qos = connection.limits.maximumQoS === 0 ? 0 : 1;
  const message = {
    topic,
    payload: '{}',
    qos,
    retain: false,
    expiry: 60,
    id: '',
    seq: 0,
    device: '',
  } as const;
  const result = await new Promise<PublishResult>(resolve => connection.publish(message, resolve));
  if (result.outcome === 'refused') return fail('BROKER_DENIED', `publishing on ${topic}: ${result.reason}`);
  return result.outcome === 'lost'
    ? fail('CLOSED', `it ends the connection at a message on ${topic}`)
    : undefined;
}

function limitFacts(limits: Limits): Finding['facts'] {
  const { receiveMaximum, maximumQoS, retainAvailable, maximumPacketSize } = limits;
  const packet = Number.isFinite(maximumPacketSize) ? maximumPacketSize : undefined;
  return { receiveMaximum, maximumQoS, retain: retainAvailable ? 'yes' : 'no', maximumPacketSize: packet };
}
