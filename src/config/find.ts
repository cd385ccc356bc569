// Which file is the configuration.

const PLACES = ['config/axis2mqtt.yaml', '/config/axis2mqtt.yaml'];

export interface FindOptions {
  /** The value of `--config`, where it was given. */
  argument?: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  exists(path: string): boolean;
}

/**
 * The file that `--config` names, else `AXIS2MQTT_CONFIG`, else the first usual place that exists (DESIGN 2.1).
 * A named file need not exist: loading it then says so. Undefined where nothing is named and nothing there.
 */
export function findConfigFile({ argument, env, exists }: FindOptions): string | undefined {
  return argument ?? (env['AXIS2MQTT_CONFIG'] || PLACES.find(exists));
}
