// What Home Assistant is shown at each broker: retained, said again when it asks, and taken back, over restarts too.
import { type Components, discoveryOf, identityOf, removedOf } from '../../homeassistant/discovery.ts';
import type { ShownDevice } from '../../homeassistant/types.ts';
import type { Outbox } from '../../outbox/outbox.ts';
import type { Board } from '../board.ts';
import { NAME, version } from '../version.ts';

/** What was told of a device at a broker. */
export interface Told {
  broker: string;
  /** What it is known by: ShownDevice's identity. */
  serial: string;
  /** The device ID. */
  device: string;
  topic: string;
  /** The platform of each component by its key. */
  shown: Readonly<Record<string, string>>;
  /** The same of those that were shown before and are no more. */
  removed: Readonly<Record<string, string>>;
  /** It was taken back already, maybe without the broker having been there. */
  takenBack?: true;
}

export interface Show {
  /** What a device is known by at a broker: its serial number belongs to the first that is still here. */
  identify(
    broker: string,
    device: Pick<ShownDevice, 'id' | 'serial'>,
    isHere: (device: string) => boolean,
  ): string;
  /** Shows a device on that topic of a broker; what is shown there already is left alone, and so is what is more. */
  show(broker: string, topic: string, device: ShownDevice): void;
  /** Takes back what was told and is not `wanted`, at those brokers. */
  takeBack(brokers: readonly string[], wanted: (told: Told) => boolean): void;
  /** Says it all once more to a broker. */
  again(broker: string): void;
}

export function createShow({ outbox, board }: { outbox: Outbox; board: Board }): Show {
  const origin = { name: NAME, version: version() };
  /** What the notes say, ahead of the disk. */
  const told = new Map<string, Told>();
  for (const { key, value } of outbox.notes(PREFIX)) told.set(key, JSON.parse(value) as Told);
  /** By broker and topic. */
  const sent = new Map<string, Map<string, string>>();
  const sentTo = (broker: string) => sent.get(broker) ?? new Map<string, string>();

  const isShown = (broker: string, serial: string, id: string) => {
    const last = told.get(keyOf({ broker, serial }));
    return last?.device === id && !last.takenBack;
  };

  const set = (broker: string, topic: string, text: string) => {
    sent.set(broker, sentTo(broker).set(topic, text));
    board.set(topic, text, broker);
  };

  /** By way of the present state, where the latest counts: what is shown there later must not be lost by it. */
  const clear = (broker: string, topic: string) => {
    sentTo(broker).delete(topic);
    board.clear(topic, broker);
  };

  const note = (next: Told): void => {
    const key = keyOf(next);
    told.set(key, next);
    void outbox.remember([{ key, value: JSON.stringify(next) }]);
  };

  const forget = (last: Told): void => {
    const key = keyOf(last);
    told.delete(key);
    void outbox.remember([{ key, value: null }]);
  };

  return {
    identify(broker, device, isHere) {
      const [own, other] = [identityOf(device, false), identityOf(device, true)];
      // Once it was shown as another one it stays that.
      if (isShown(broker, other, device.id)) return other;
      const owner = told.get(keyOf({ broker, serial: own }))?.device;
      return owner === undefined || owner === device.id || !isHere(owner) ? own : other;
    },
    show(broker, topic, device) {
      const { id, identity: serial } = device;
      const before = told.get(keyOf({ broker, serial }));
      if (before !== undefined && before.topic !== topic) clear(broker, before.topic);
      const known = before?.topic === topic && !before.takenBack ? before : NOTHING;
      const { components: present, ...rest } = discoveryOf(device, origin);
      const removed = removedOf(present, { ...known.removed, ...known.shown });
      // Nothing goes because a device that was just found has not said all of itself yet.
      if (!device.complete && Object.keys(known.shown).some(key => Object.hasOwn(removed, key))) return;
      const text = JSON.stringify({ ...rest, components: { ...removed, ...present } });
      const isEmpty = Object.keys(present).length + Object.keys(removed).length === 0;
      if (isEmpty || sentTo(broker).get(topic) === text) return;
      set(broker, topic, text);
      const platforms = { shown: platformsOf(present), removed: platformsOf(removed) };
      note({ broker, serial, device: id, topic, ...platforms });
    },
    takeBack(brokers, wanted) {
      const unwanted = [...told.values()].filter(each => brokers.includes(each.broker) && !wanted(each));
      for (const each of unwanted) {
        clear(each.broker, each.topic);
        // The second time is for a broker that was not there at the first.
        if (each.takenBack) forget(each);
        else note({ ...each, takenBack: true });
      }
    },
    again(broker) {
      for (const [topic, text] of sentTo(broker)) board.set(topic, text, broker);
    },
  };
}

const PREFIX = 'homeassistant/';
const NOTHING = { shown: {}, removed: {} };

/** By what it is known by: a device that gets another ID stays the same to Home Assistant. */
function keyOf({ broker, serial }: Pick<Told, 'broker' | 'serial'>): string {
  return `${PREFIX}${broker}/${serial}`;
}

function platformsOf(components: Components): Record<string, string> {
  return Object.fromEntries(Object.entries(components).map(([key, { platform }]) => [key, String(platform)]));
}
