// What the payload formats of others look like (DESIGN 3.3, 3.4).
import * as z from 'zod';
import { member, texts, time, values } from './values.ts';

export const axisEvent = z
  .object({
    topic: member(z.string(), 'With the prefixes of the device’s own client: onvif:Device/axis:IO/Port.'),
    timestamp: member(z.int().optional(), 'The device’s time, in milliseconds since the epoch.'),
    serial: z.string().optional(),
    message: z.object({ source: texts, key: texts, data: texts }),
  })
  .meta({ id: 'axisEvent', description: 'An event in the format axis.' });

export const axisConnection = z
  .object({
    serialNumber: z.string(),
    connected: z.boolean(),
    description: z.enum(['Connected', 'Connection Lost', 'Disconnected']),
    timestamp: member(
      z.string().nullable(),
      'Such as 2026-11-22T08:00:00z; null where the connection was lost.',
    ),
  })
  .meta({ id: 'axisConnection', description: 'Whether the device is heard, beside the format axis.' });

export const onvifEvent = z
  .object({
    UtcTime: time('The device’s own time.').optional(),
    Source: values,
    Key: values.optional(),
    Data: values.optional(),
  })
  .meta({ id: 'onvifEvent', description: 'An event in the format onvif (onvif-ej).' });
