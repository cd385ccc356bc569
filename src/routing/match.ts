// Which cameras and which values a route is for.
import type { CameraEvent } from '../event.ts';
import { matchGlob } from '../util/topic.ts';

export interface RoutedCamera {
  id: string;
  labels: Readonly<Record<string, string>>;
}

export interface CameraMatch {
  camera: string;
  labels: Readonly<Record<string, string>>;
}

/** Values of data items, each to be equal to the event's as it is typed. */
export type DataMatch = Readonly<Record<string, string | number | boolean | null>>;

/** Whether the camera has that ID and all those labels. */
export function matchesCamera({ camera, labels }: CameraMatch, { id, labels: own }: RoutedCamera): boolean {
  return matchGlob(camera, id) && Object.entries(labels).every(([name, value]) => own[name] === value);
}

/** Whether the data items are there with those very values: `1` is not `true`. */
export function matchesData(wanted: DataMatch, data: CameraEvent['data']): boolean {
  return Object.entries(wanted).every(([name, value]) => data[name] === value);
}
