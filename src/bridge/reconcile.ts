// A change of the configuration is a difference applied to what runs; a start is the difference from nothing.

/** Something that runs by a part of the configuration. */
export interface Running<Config> {
  config: Config;
  stop(): Promise<void>;
}

export interface ReconcileOptions<Config, Part extends Running<Config>> {
  running: Map<string, Part>;
  wanted: ReadonlyMap<string, Config>;
  same(a: Config, b: Config): boolean;
  start(config: Config): Part;
  /** It was stopped and is not wanted any more. */
  removed?(part: Part): void;
}

/** Stops what is gone or changed, all at once, then starts what is new or changed; touches nothing else. */
export async function reconcile<Config, Part extends Running<Config>>(
  options: ReconcileOptions<Config, Part>,
): Promise<void> {
  const { running, wanted, same, start, removed } = options;
  const ending = [...running].filter(([name, { config }]) => {
    const next = wanted.get(name);
    return next === undefined || !same(config, next);
  });
  await Promise.all(ending.map(([, part]) => part.stop()));
  for (const [name, part] of ending) {
    running.delete(name);
    if (!wanted.has(name)) removed?.(part);
  }
  for (const [name, config] of wanted) if (!running.has(name)) running.set(name, start(config));
}
