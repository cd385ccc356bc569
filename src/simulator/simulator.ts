// The door of this room: simulated Axis devices for demo, tests and load. It shares no codec with protocol/.
export { createDevice } from './device.ts';
export { createFleet } from './fleet.ts';
export { parseScenario, runScenario } from './scenario/scenario.ts';
export { defaultScenario } from './scenario/story.ts';
