// What a device says and declares, for tests: an I/O port unless a test says otherwise.
import type { Item, Json, Notification, TopicDeclaration } from '../../src/event.ts';

export const SERIAL = 'ACCC8E012345';
export const PORT = 'tns1:Device/tnsaxis:IO/Port';

/** Items in the order in which the names are written. */
export function items(values: Readonly<Record<string, Json>>): Item[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** Port 1 changed to 1, but for `change`. */
export function said(change: Partial<Notification> = {}): Notification {
  return {
    topic: PORT,
    time: '2026-11-22T08:00:00.123456Z',
    operation: 'changed',
    source: items({ port: '1' }),
    key: [],
    data: items({ state: '1' }),
    ...change,
  };
}

/** The same without PropertyOperation: the message does not say whether it is a property. */
export function saidPulse(change: Partial<Notification> = {}): Notification {
  const { operation: _, ...pulse } = said(change);
  return pulse;
}

/** What a device declares of its ports, but for `change`. */
export function declared(change: Partial<TopicDeclaration> = {}): TopicDeclaration {
  return {
    topic: PORT,
    property: true,
    source: [{ name: 'port', type: 'xsd:int' }],
    key: [],
    data: [{ name: 'state', type: 'xsd:boolean', state: true }],
    ...change,
  };
}
