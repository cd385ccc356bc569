// The bridge's own payload (DESIGN 3.2): the event as JSON, its sequence number behind its id.
import type { CameraEvent } from '../../event.ts';

/** The length of `{"id":"` with 32 hex digits and the closing quote: `id` is the first member, and plain. */
const ID_END = 40;

/** Renders once for all routes; only the number differs between them. */
export function renderAxis2mqtt({ event }: { event: CameraEvent }): (seq: number) => string {
  const json = JSON.stringify(event);
  const id = json.slice(0, ID_END);
  const rest = json.slice(ID_END);
  return seq => `${id},"seq":${seq}${rest}`;
}
