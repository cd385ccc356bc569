// The table of payload formats: each one's topic and how it renders an event.
import type { Occurrence } from '../../event.ts';
import { renderAxis2mqtt } from './axis2mqtt.ts';

/** The payload for a sequence number. */
export type Render = (seq: number) => string;

export interface Format {
  /** The topic template of a route that names none. */
  topic: string;
  render(occurrence: Occurrence): Render;
}

export const FORMATS = {
  axis2mqtt: { topic: '{base}/{device}/event/{topic}/{source}', render: renderAxis2mqtt },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;
