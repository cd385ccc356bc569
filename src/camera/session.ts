// One connection's events: held until the device is known, then each filtered, named, typed and delivered in order.
import type { Declarations, Notification, Operation, TopicDeclaration, Unreadable } from '../event.ts';
import { type Identity, identify, occurrenceId } from '../normalize/identity.ts';
import { kindOf, normalize } from '../normalize/normalize.ts';
import type { Clock } from '../util/clock.ts';
import type { Trim } from './fields.ts';
import type { Outlet } from './outlet.ts';
import { createRepeats } from './repeats.ts';
import type { Learned, States } from './states.ts';

/** Declarations are read again for an unknown topic, at most once in this time (ms). */
const REREAD_GAP = 60_000;

export interface SessionOptions {
  device: string;
  serial: string;
  labels: Readonly<Record<string, string>>;
  declarations: Declarations | undefined;
  /** Reads the declarations anew; rejects at the end of the connection alone. */
  reread(): Promise<Declarations | undefined>;
  wants(topic: string): boolean;
  /** It said something of which nothing can be made. */
  unreadable(what: Unreadable): void;
  trim: Trim;
  states: States;
  outlet: Outlet;
  clock: Clock;
}

export interface Session {
  /** Takes what the device says; resolves when it is durable. */
  take(notification: Notification): Promise<void>;
  /** The same, wanted or not. */
  deliver(notification: Notification): Promise<void>;
  /** Publishes a state once more, if it is the one that is known; anything else is passed over. */
  retell(notification: Notification): Promise<void>;
  /** Reads the declarations anew, for what comes from now on; rejects as `reread` does. */
  reread(): Promise<void>;
}

/** What is known of a notification. */
interface Known {
  declaration: TopicDeclaration | undefined;
  identity: Identity;
  property: boolean;
}

/** Makes what takes the notifications of one connection. */
export function createSession(options: SessionOptions): Session {
  const { device, serial, labels, trim, states, outlet, clock } = options;
  const repeats = createRepeats();
  let { declarations } = options;
  let readAt = clock.monotonic();
  let waiting = 0;
  let line = DONE;
  states.connect();

  const reread = async () => {
    readAt = clock.monotonic();
    declarations = (await options.reread()) ?? declarations;
  };

  const unknown = (topic: string) =>
    declarations !== undefined && !declarations.has(topic) && clock.monotonic() - readAt >= REREAD_GAP;

  const know = (notification: Notification): Known => {
    const declaration = declarations?.get(notification.topic);
    const identity = identify(notification);
    return { declaration, identity, property: kindOf(notification, declaration) === 'property' };
  };

  const publish = (
    notification: Notification,
    { declaration, identity }: Known,
    operation: Operation,
    { resync, fresh, notes }: Learned,
  ): Promise<void> => {
    const first = occurrenceId(serial, identity, notification.time);
    const repeat = repeats(first);
    const id = repeat === 0 ? first : occurrenceId(serial, identity, notification.time, repeat);
    // Its id is of what the device said, whatever the rules leave of it.
    const trimmed = trim(notification);
    const said = trimmed?.said ?? notification;
    const { cut, dropped } = trimmed ?? WHOLE;
    const received = clock.now();
    const context = { device, serial, labels, declaration, id, operation, resync, cut, dropped, received };
    return outlet.deliver({ event: normalize(said, context), said, place: identity.place, fresh, notes });
  };

  const deliver = (notification: Notification): Promise<void> => {
    const known = know(notification);
    const { declaration, identity, property } = known;
    if (property && isWithoutValue(notification, declaration)) {
      options.unreadable({ reason: 'a property without its value', topic: notification.topic, count: 1 });
      return DONE;
    }
    const operation =
      notification.operation ?? (property && states.seen(identity) ? 'changed' : 'initialized');
    const learned = property ? states.learn(identity, operation) : NOTHING;
    return publish(notification, known, operation, learned);
  };

  const retell = (notification: Notification): Promise<void> => {
    const known = know(notification);
    const { topic, operation = 'initialized' } = notification;
    // One that differs is just changing: that is told anyway.
    const isState = known.property && operation === 'initialized' && states.holds(known.identity);
    if (!isState || !options.wants(topic)) return DONE;
    return publish(notification, known, operation, NOTHING);
  };

  /** Those behind it wait in line too: a device's events keep their order. */
  const takeLater = async (notification: Notification): Promise<void> => {
    waiting += 1;
    line = line.then(() => (unknown(notification.topic) ? reread() : undefined));
    await line;
    waiting -= 1;
    await deliver(notification);
  };

  const take = (notification: Notification): Promise<void> => {
    if (!options.wants(notification.topic)) {
      outlet.filtered();
      return DONE;
    }
    return waiting > 0 || unknown(notification.topic) ? takeLater(notification) : deliver(notification);
  };

  return { take, deliver, retell, reread };
}

/** A pulse may say nothing but its topic; a state that says no value would be told in the place of the one that is known. */
function isWithoutValue(
  { data, operation }: Notification,
  declaration: TopicDeclaration | undefined,
): boolean {
  return data.length === 0 && operation !== 'deleted' && declaration?.data.length !== 0;
}

const DONE = Promise.resolve();
const NOTHING = { resync: false, fresh: false, notes: [] } as const;
const WHOLE = { cut: undefined, dropped: undefined };
