// What a device has for the commands that may be given to it: asked of the device, and only what these need.
import type { VapixClient } from '../../vapix/client.ts';
import { isLacking, type PollOptions } from '../../vapix/poll.ts';
import { listPorts, type Ports } from '../../vapix/ports.ts';
import { listProfiles } from '../../vapix/siren.ts';

export interface Equipment {
  /** Of its siren and light. */
  profiles: readonly string[];
  ports: Ports;
}

const NOTHING: Equipment = { profiles: [], ports: { count: 0, outputs: [] } };

/** Asks a device. An API that it does not offer is nothing; rejects with the other errors of the client. */
export async function askEquipment(
  client: VapixClient,
  allowed: readonly string[],
  options: PollOptions,
): Promise<Equipment> {
  const needs = (...actions: string[]) => actions.some(action => allowed.includes(action));
  const { signal } = options;
  return {
    profiles: needs('siren', 'light-profile')
      ? await listProfiles(client, { signal }).catch(orElse(NOTHING.profiles))
      : NOTHING.profiles,
    ports: needs('output') ? await listPorts(client, options).catch(orElse(NOTHING.ports)) : NOTHING.ports,
  };
}

function orElse<T>(nothing: T): (error: unknown) => T {
  return error => {
    if (isLacking(error)) return nothing;
    throw error;
  };
}
