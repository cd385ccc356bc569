// When a trigger is armed: by what a topic says, or by the time of day.

/** Armed while the topic's last message is this text, or between two times of the local day (minutes since midnight). */
export type Arming =
  | { readonly broker: string; readonly topic: string; readonly text: string }
  | { readonly from: number; readonly to: number };

/** Whether it is armed at `now` (ms since the epoch); `said` is the topic's last message, where there was one. */
export function isArmed(arming: Arming | undefined, said: string | undefined, now: number): boolean {
  if (arming === undefined) return true;
  if ('topic' in arming) return said === arming.text;
  const { from, to } = arming;
  const date = new Date(now);
  const minute = date.getHours() * 60 + date.getMinutes();
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}
