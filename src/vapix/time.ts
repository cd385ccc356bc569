// How far a device's clock is from ours, by the Date header of any of its answers (HTTP or RTSP).

/** Device minus bridge in ms, to the second; `now` is when the answer came. Undefined where no date was said. */
export function clockSkew(date: string | undefined, now: number): number | undefined {
  const time = Date.parse((date ?? '').slice(0, 100));
  if (Number.isNaN(time)) return undefined;
  const skew = time - now;
  // The header cuts off the fraction: less than a second behind is in time.
  return skew > -1000 && skew < 0 ? 0 : skew;
}
