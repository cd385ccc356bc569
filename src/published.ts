// The types of all that is published, for subscribers in TypeScript: a payload is its JSON.
import type * as z from 'zod';
import type { bridgeAudit, bridgeHealth, bridgeInfo, bridgeState } from './published/bridge.ts';
import type { availability, event, gap, info, reading, result } from './published/device.ts';
import type { axisConnection, axisEvent, onvifEvent } from './published/formats.ts';

export type Event = z.infer<typeof event>;
export type Reading = z.infer<typeof reading>;
export type Availability = z.infer<typeof availability>;
export type Info = z.infer<typeof info>;
export type Gap = z.infer<typeof gap>;
export type Result = z.infer<typeof result>;
export type BridgeState = z.infer<typeof bridgeState>;
export type BridgeInfo = z.infer<typeof bridgeInfo>;
export type BridgeHealth = z.infer<typeof bridgeHealth>;
export type BridgeAudit = z.infer<typeof bridgeAudit>;
export type AxisEvent = z.infer<typeof axisEvent>;
export type AxisConnection = z.infer<typeof axisConnection>;
export type OnvifEvent = z.infer<typeof onvifEvent>;
