// What a broker's CONNACK allows (MQTT 5 §3.2.2.3), and what is no limit at all.
import type { IConnackPacket } from 'mqtt';
import type { Limits, ProtocolVersion } from './types.ts';

/** MQTT 3.1.1 has no Receive Maximum; mosquitto ends the connection at its `max_inflight_messages`, by default 20. */
const SAFE_QOS2 = 20;

/** The limits under which nothing could be sent: 0, or named twice, which is a protocol error (MQTT 5 §3.2.2.3). */
export function problemOfGreeting({ properties = {} }: IConnackPacket): string | undefined {
  const { receiveMaximum, maximumPacketSize, maximumQoS, retainAvailable } = properties;
  if (receiveMaximum === 0) return 'names a Receive Maximum of 0';
  if (maximumPacketSize === 0) return 'names a Maximum Packet Size of 0';
  // So the library hands on what came more than once.
  const isDoubled = [receiveMaximum, maximumPacketSize, maximumQoS, retainAvailable].some(Array.isArray);
  return isDoubled ? 'names a limit twice' : undefined;
}

/** Reads them; in MQTT 3.1.1 none is named. */
export function readLimits({ properties = {} }: IConnackPacket, version: ProtocolVersion): Limits {
  const { receiveMaximum = 0xffff, maximumQoS, retainAvailable = true } = properties;
  return {
    receiveMaximum,
    receiveMaximumQoS2: version === 5 ? receiveMaximum : SAFE_QOS2,
    // Absent means 2 (MQTT 5 §3.2.2.3.4).
    maximumQoS: maximumQoS === 0 || maximumQoS === 1 ? maximumQoS : 2,
    retainAvailable,
    maximumPacketSize: properties.maximumPacketSize ?? Number.POSITIVE_INFINITY,
  };
}
