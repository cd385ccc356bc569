// The section of Home Assistant, complete, with the brokers that it names.
import type { Report } from './problem.ts';
import { checkBrokerNames } from './routes.ts';
import type { ConfigFile } from './schema/file.ts';
import type { BrokerConfig, HomeAssistantConfig } from './types.ts';

/** Off, unless the file switches it on. */
export function resolveHomeAssistant(
  { homeAssistant = {} }: ConfigFile,
  brokers: readonly BrokerConfig[],
  report: Report,
): HomeAssistantConfig {
  const all = brokers.map(({ name }) => name);
  const section = typeof homeAssistant === 'boolean' ? { enabled: homeAssistant } : homeAssistant;
  const { enabled = false, broker = all, discoveryPrefix = 'homeassistant' } = section;
  checkBrokerNames(broker, ['homeAssistant', 'broker'], { all, report });
  return { enabled, brokers: [...new Set(typeof broker === 'string' ? [broker] : broker)], discoveryPrefix };
}
