// All payloads as one JSON Schema, draft 2020-12: each is a definition of its name.
import * as z from 'zod';
import { bridgeAudit, bridgeCheckpoint, bridgeHealth, bridgeInfo, bridgeState } from './bridge.ts';
import { availability, event, gap, info, reading, result } from './device.ts';
import { axisConnection, axisEvent, onvifEvent } from './formats.ts';

const PAYLOADS = {
  event,
  reading,
  availability,
  info,
  gap,
  result,
  bridgeState,
  bridgeInfo,
  bridgeHealth,
  bridgeCheckpoint,
  bridgeAudit,
  axisEvent,
  axisConnection,
  onvifEvent,
};

export type PayloadName = keyof typeof PAYLOADS;

/**
 * The schema; its definitions let members through that they do not know, as a subscriber should: a later version may
 * have more. `strict`: they do not.
 */
export function payloadsSchema({ strict = false } = {}): Record<string, unknown> {
  const all = z.object(PAYLOADS);
  const { $schema, $defs } = z.toJSONSchema(all, { io: strict ? 'output' : 'input' });
  return { $schema, title: 'Payloads of axis2mqtt', $defs };
}
