// Whether a device's own MQTT client is connected: its retained connect message and its will (PROTOCOLS 5.1).
import { readJson } from '../../protocol/json.ts';
import type { Ending } from '../../util/ending.ts';
import { fail } from '../../util/errors.ts';
import { fieldsOf, textOf } from '../../vapix/json.ts';
import { normalizeSerial } from '../../vapix/serial.ts';
import type { SourceContext } from '../source.ts';

export interface PresenceOptions extends Pick<SourceContext, 'unreadable'> {
  /** The serial number that the device is to have; undefined: any. */
  expected: string | undefined;
  /** Another device's message came. */
  ending: Ending;
}

export interface Presence {
  take(message: { topic: string; payload: Buffer }): void;
  /** `gone` where all that it said is that: what stands under the prefix of an older firmware nobody takes back. */
  state(): 'here' | 'gone' | 'unsaid';
  /** As the device said it. */
  serial(): string | undefined;
}

export function createPresence({ unreadable, expected, ending }: PresenceOptions): Presence {
  const said = new Map<string, boolean>();
  let serial: string | undefined;
  return {
    take({ topic, payload }) {
      // A retained message that is cleared.
      if (payload.length === 0) return void said.delete(topic);
      const { connected, serialNumber } = parse(payload);
      if (typeof connected !== 'boolean')
        return unreadable({ reason: `${topic}: no connection message`, count: 0 });
      const found = normalizeSerial(textOf(serialNumber));
      if (expected !== undefined && found !== undefined && found !== expected)
        return ending.end(fail('WRONG_DEVICE', `${topic} is of ${found}, not ${expected}`));
      serial = found ?? serial;
      said.set(topic, connected);
    },
    state() {
      const states = [...said.values()];
      if (states.includes(true)) return 'here';
      return states.length > 0 ? 'gone' : 'unsaid';
    },
    serial: () => serial,
  };
}

function parse(payload: Buffer): Readonly<Record<string, unknown>> {
  try {
    return fieldsOf(readJson(payload.toString()));
  } catch {
    return {};
  }
}
