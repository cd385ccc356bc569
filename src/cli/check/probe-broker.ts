// What `check` finds out of a broker: connects and disconnects, under another client ID than the bridge's.
import { peerOptions } from '../../bridge/peer.ts';
import type { BrokerConfig } from '../../config/types.ts';
import { createDialer } from '../../mqtt/dial.ts';
import type { Limits } from '../../mqtt/types.ts';
import { systemClock } from '../../util/clock.ts';
import { fromSystem } from '../../util/errors.ts';
import { type Finding, failedBy, PATIENCE_MS } from './finding.ts';

/** Never rejects. */
export async function probeBroker(config: BrokerConfig): Promise<Finding> {
  const { name, urls, clientId, embedded } = config;
  const found = { kind: 'broker', name, address: urls.join(', '), warnings: [] } as const;
  if (embedded) return { ...found, facts: { embedded: 'the bridge is this broker' } };
  const dial = createDialer({
    broker: { ...peerOptions(config), clientId: `${clientId}-check` },
    clock: systemClock,
  });
  try {
    const connection = await dial(AbortSignal.timeout(PATIENCE_MS));
    const { version, server, limits } = connection;
    await connection.close();
    const facts = { server, version: version === 5 ? 'MQTT 5' : 'MQTT 3.1.1', ...limitFacts(limits) };
    return { ...found, facts };
  } catch (error) {
    return { ...found, facts: {}, failed: failedBy(fromSystem(error, name)) };
  }
}

function limitFacts(limits: Limits): Finding['facts'] {
  const { receiveMaximum, maximumQoS, retainAvailable, maximumPacketSize } = limits;
  const packet = Number.isFinite(maximumPacketSize) ? maximumPacketSize : undefined;
  return { receiveMaximum, maximumQoS, retain: retainAvailable ? 'yes' : 'no', maximumPacketSize: packet };
}
