// A camera of the configuration where it is just now, for the commands that ask it.
import type { CameraConfig } from '../config/types.ts';
import { createFinder } from '../discovery/finder.ts';
import { systemClock } from '../util/clock.ts';
import { fail } from '../util/errors.ts';

/** The camera with its address, found by its serial number where the file says `host: auto`; rejects with NO_DEVICE. */
export async function located(camera: CameraConfig, signal: AbortSignal): Promise<CameraConfig> {
  const { host, serial } = camera;
  if (host !== 'auto' || serial === undefined) return camera;
  const find = createFinder({ clock: systemClock, signal, trouble: () => undefined });
  const found = await find(serial, signal);
  if (found !== undefined) return { ...camera, host: found };
  throw fail('NO_DEVICE', `${serial}: by mDNS and WS-Discovery`);
}
