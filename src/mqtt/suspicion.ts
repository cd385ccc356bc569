// Finds the message for which a broker ends the connection, so that it does not stand in the way for ever.

/** A message on its way. */
interface Suspect {
  /** The same for the same message on a later connection. */
  key(): string;
}

export interface Suspicion {
  /** Messages that have to go one by one. */
  alone(): number;
  /** One was answered. */
  cleared(): void;
  /**
   * A connection ended in a way that a message may have caused. `flying`: what was unanswered, the oldest first;
   * `blamed`: the one that it was, where that is known. Returns the culprit once that is beyond doubt.
   */
  lost<F extends Suspect>(flying: readonly F[], blamed?: F): F | undefined;
  /** Whether the same message was the oldest unanswered one at the last two such ends. */
  stuck(): boolean;
}

/**
 * A culprit is the message that was the oldest unanswered one at the end of `times` connections in a row, in the last
 * of them with no other on its way. To get there, all that was on its way with a suspect goes one by one.
 */
export function createSuspicion(times = 3): Suspicion {
  let key = '';
  let losses = 0;
  let alone = 0;
  let stuck = false;
  return {
    alone: () => alone,
    cleared() {
      if (alone > 0) alone -= 1;
    },
    lost(flying, blamed) {
      const suspect = blamed ?? flying[0];
      stuck = suspect !== undefined && suspect.key() === key;
      if (suspect === undefined) return undefined;
      losses = suspect.key() === key ? losses + 1 : 1;
      key = suspect.key();
      if (losses < times) return undefined;
      if (blamed === undefined && flying.length > 1) {
        alone = Math.max(alone, flying.length);
        return undefined;
      }
      key = '';
      losses = 0;
      return suspect;
    },
    stuck: () => stuck,
  };
}
