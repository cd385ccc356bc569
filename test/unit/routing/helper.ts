// Occurrences for tests of routing: what a device said, normalized.
import type { Notification, Occurrence, TopicDeclaration } from '../../../src/event.ts';
import { normalize } from '../../../src/normalize/normalize.ts';
import { SERIAL } from '../../support/notification.ts';

/** When all of them were read, ms since the epoch. */
export const RECEIVED = Date.UTC(2026, 10, 22, 8);

/** What comes of a notification of the device `entrance`. */
export function occurrence(said: Notification, declaration?: TopicDeclaration): Occurrence {
  const event = normalize(said, {
    device: 'entrance',
    serial: SERIAL,
    labels: {},
    received: RECEIVED,
    declaration,
    id: '0'.repeat(32),
    operation: 'initialized',
    resync: false,
  });
  return { event, said };
}
