// A route: which events it takes, to which brokers, on which topic, in which form.
import type { Kind } from '../event.ts';
import type { Form, FormOptions } from './form.ts';
import type { CameraMatch, DataMatch } from './match.ts';

export interface Route extends FormOptions {
  match: CameraMatch & { topic: string; kind?: Kind; data?: DataMatch };
  brokers: readonly string[];
  /** Topic template; left out: the format's own. */
  topic?: string;
  qos: 0 | 1 | 2;
  retain: 'none' | 'property' | 'all';
  /** Milliseconds until a message that is not retained loses its worth. */
  expiry?: number;
  /** What makes its messages critical: see Demand. */
  requireSubscriber?: boolean;
  /** Milliseconds. */
  deliverWithin?: number;
  /** A broker's name. */
  onUndelivered?: string;
}

/** A route made ready: its place among the others, its name, its form. */
export interface CompiledRoute extends Route {
  index: number;
  name: string;
  form: Form;
}
