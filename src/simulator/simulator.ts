// The door of this room: simulated Axis devices for demo, tests and load. It shares no codec with protocol/.
export { createDevice, type Device } from './device.ts';
export { createFleet, type Fleet, type FleetMember, type FleetOptions } from './fleet.ts';
export { type Load, type LoadOptions, startLoad } from './load.ts';
export type { AuthOptions, DeviceOptions, HttpOptions, Oddities } from './options.ts';
export { parseScenario, runScenario, type Scenario } from './scenario.ts';
export { defaultScenario } from './story.ts';
