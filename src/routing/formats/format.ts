// The table of payload formats: each one's topic and how it renders an event.
import type { Occurrence } from '../../event.ts';
import { type AxisOptions, renderAxis } from './axis.ts';
import { renderAxis2mqtt } from './axis2mqtt.ts';
import { renderOnvif } from './onvif.ts';

/** The payload for a sequence number. */
export type Render = (seq: number) => string;

export interface Format {
  /** The topic template of a route that names none. */
  topic: string;
  /**
   * How it says that a property is gone: by a message like any other, by a zero-byte payload, or not at all, but that a
   * retained state goes.
   */
  deletion: 'message' | 'empty' | 'none';
  render(occurrence: Occurrence, options: AxisOptions): Render;
}

export const FORMATS = {
  axis2mqtt: {
    topic: '{base}/{device}/event/{topic}/{source}',
    deletion: 'message',
    render: renderAxis2mqtt,
  },
  axis: { topic: 'axis/{serial}/event/{axisTopic}', deletion: 'none', render: renderAxis },
  onvif: { topic: '{base}/{device}/onvif-ej/{onvifTopic}', deletion: 'empty', render: renderOnvif },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;
