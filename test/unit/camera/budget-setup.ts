// A way out with a budget, and a device that sends numbered events on a clock that stands still.
import { withinBudget } from '../../../src/camera/budget/budget.ts';
import type { Delivery } from '../../../src/camera/outlet.ts';
import type { Operation } from '../../../src/event.ts';
import { identify } from '../../../src/normalize/identity.ts';
import { normalize } from '../../../src/normalize/normalize.ts';
import type { Log } from '../../../src/util/log.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { items, SERIAL, said, saidPulse } from '../../support/notification.ts';
import { createHouse } from './helper.ts';

export type Kind = Operation | 'pulse';

/** A way out with that budget, and what a device sends: events numbered in the order in which they come. */
export function setup(budget: number | undefined) {
  const house = createHouse();
  const clock = createFakeClock();
  const lines: [message: string, fields: object][] = [];
  const say = (fields: object, message: string) => void lines.push([message, fields]);
  const log: Log = { error: say, warn: say, info: say };
  const times: number[] = [];
  const deliver = (delivery: Delivery) => {
    times.push(clock.now());
    return house.outlet.deliver(delivery);
  };
  const outlet = withinBudget({ outlet: { ...house.outlet, deliver }, budget, clock, log });
  let sent = 0;
  let settled = 0;
  const send = (port: number, kind: Kind = 'changed', change: Partial<Delivery> = {}) => {
    sent += 1;
    const taken = outlet.deliver({ ...delivery(port, kind, sent), ...change });
    void taken.then(() => (settled += 1));
    return taken;
  };
  return {
    ...house,
    outlet,
    /** When each was published. */
    times,
    clock,
    lines,
    send,
    sent: () => sent,
    settled: () => settled,
    /** As many changes of another port as the budget has at once. */
    spend: () => Promise.all(Array.from({ length: 10 * (budget ?? 0) }, () => send(0))),
    /** The numbers of what was published since the first `from`, with how many were merged. */
    published: (from = 0) => house.deliveries.slice(from).map(numbered),
  };
}

function delivery(port: number, kind: Kind, number: number): Delivery {
  const source = items({ port: String(port) });
  const data = items({ state: String(number) });
  const notification =
    kind === 'pulse' ? saidPulse({ source, data }) : said({ source, data, operation: kind });
  const event = normalize(notification, {
    device: 'entrance',
    serial: SERIAL,
    labels: {},
    received: 0,
    declaration: undefined,
    id: '',
    operation: 'changed',
    resync: false,
  });
  return { event, said: notification, place: identify(notification).place, fresh: false, notes: [] };
}

function numbered({ event: { data, merged } }: Delivery): string {
  return merged === undefined ? String(data['state']) : `${data['state']} merged ${merged}`;
}
