// Asks a device what it has, once a connection, as long as somebody wants to know.
import type { Clock } from '../../util/clock.ts';
import type { DeviceAddress } from '../../vapix/address.ts';
import { createVapixClient } from '../../vapix/client.ts';
import { askEquipment, type Equipment } from './equipment.ts';

export interface Inquiry {
  /** Its last answer; undefined until there is one. */
  readonly equipment: Equipment | undefined;
  /** Asks, unless that was done on this connection already. */
  ask(): void;
  /** It is heard on another connection, and may be another device by now. */
  renew(): void;
  stop(): void;
}

export interface InquiryOptions {
  address: DeviceAddress;
  /** The commands that the camera allows. */
  commands: readonly string[];
  clock: Clock;
  onAnswer(): void;
}

export function createInquiry({ address, commands, clock, onAnswer }: InquiryOptions): Inquiry {
  const ending = new AbortController();
  const { signal } = ending;
  let equipment: Equipment | undefined;
  let asked = false;

  const run = async () => {
    const client = createVapixClient({ address, signal, clock });
    try {
      equipment = await askEquipment(client, commands, { signal, clock });
      if (!signal.aborted) onAnswer();
    } catch {
      // The stream says what is wrong with the device; it is asked again once that is heard anew.
    } finally {
      client.close();
    }
  };

  return {
    get equipment() {
      return equipment;
    },
    ask() {
      if (asked || commands.length === 0) return;
      asked = true;
      void run();
    },
    renew() {
      asked = false;
    },
    stop: () => ending.abort(),
  };
}
