// The whole file, as zod checks it and as JSON Schema describes it to editors.
import * as z from 'zod';
import { broker } from './broker.ts';
import { camera } from './camera.ts';
import { homeAssistant } from './homeassistant.ts';
import { route } from './route.ts';
import { settings } from './settings.ts';
import { actions, trigger } from './trigger.ts';
import { key, list, named } from './values.ts';

export const file = z.strictObject({
  bridge: settings.bridge,
  brokers: key(named(broker, 64), 'The MQTT brokers by name. Default: main, embedded://127.0.0.1:1883.'),
  defaults: key(
    camera,
    'Any camera key, for every camera; a camera’s own are stronger, labels add up, of `events` each key stands for itself.',
  ),
  cameras: list(camera, 20_000).meta({ description: 'The devices to listen to.' }),
  routes: key(
    list(route, 1000),
    'Every route that matches applies. Default: one, everything to every broker.',
  ),
  triggers: key(list(trigger, 1000), 'What a message or an event does to a device.', []),
  actions: key(actions, 'Commands over MQTT, and all else that is done to devices.'),
  homeAssistant: key(
    homeAssistant,
    'Tells Home Assistant of the devices, by MQTT discovery (2024.11 or later); true: at every broker.',
  ),
  http: settings.http,
  log: settings.log,
});

export type ConfigFile = z.infer<typeof file>;
export type CameraFile = z.infer<typeof camera>;
export type BrokerFile = z.infer<typeof broker>;
export type TriggerFile = z.infer<typeof trigger>;
export type RouteFile = z.infer<typeof route>;

/** The JSON Schema (draft 07, which every YAML editor reads) of the configuration file. */
export function jsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(file, {
    io: 'input',
    target: 'draft-07',
    override: keepDefault,
  });
  // Anchors may stand under keys of the user's own.
  return { $schema, title: 'Configuration of axis2mqtt', ...rest, patternProperties: { '^x-': {} } };
}

/** zod drops the default of a key whose value it transforms; ours are in the file's own terms (`1GiB`). */
function keepDefault({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodType;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}) {
  const fallback = z.globalRegistry.get(zodSchema)?.['default'];
  if (fallback !== undefined) Object.assign(jsonSchema, { default: fallback });
}
