// A house for a camera: keeps what the camera hands over, in order, and its notes over "restarts".
import type { Availability, Delivery, Gap, Note, Notes, Outlet } from '../../../src/camera/outlet.ts';

export interface TestHouse {
  outlet: Outlet;
  notes: Notes;
  deliveries: Delivery[];
  gaps: Gap[];
  availability: Availability[];
  /** Of each reading, where it goes (`people-counter`, `io/0`) and its payload; null where it was taken away. */
  readings: { at: string; payload: Record<string, unknown> | null }[];
  /** Of each delivery, filtered or merged event and gap, in order: its first data value, `filtered`, `merged` or `gap`. */
  order: string[];
  keep(notes: readonly Note[]): void;
  info(): Record<string, unknown>;
}

export function createHouse(kept: Record<string, string> = {}): TestHouse {
  const table = new Map(Object.entries(kept));
  let payload = (_room: number) => '{}';
  const house: TestHouse = {
    deliveries: [],
    gaps: [],
    availability: [],
    readings: [],
    order: [],
    info: () => JSON.parse(payload(Number.POSITIVE_INFINITY)),
    keep(notes) {
      for (const { key, value } of notes) {
        if (value === null) table.delete(key);
        else table.set(key, value);
      }
    },
    notes: {
      note: key => table.get(key),
      notes: prefix =>
        [...table].filter(([key]) => key.startsWith(prefix)).map(([key, value]) => ({ key, value })),
    },
    outlet: {
      async deliver(delivery) {
        house.order.push(String(delivery.said.data[0]?.value));
        house.deliveries.push(delivery);
        house.keep(delivery.notes);
      },
      filtered: () => void house.order.push('filtered'),
      merged: () => void house.order.push('merged'),
      async gap(gap, notes) {
        house.order.push('gap');
        house.gaps.push(gap);
        house.keep(notes);
      },
      async reading({ api, item }, payload, notes) {
        const at = item === undefined ? api : `${api}/${item}`;
        house.readings.push({ at, payload: payload === '' ? null : JSON.parse(payload) });
        house.keep(notes);
      },
      remember: async notes => house.keep(notes),
      available: availability => void house.availability.push(availability),
      info(next) {
        payload = next;
      },
    },
  };
  return house;
}
