// Places in the configuration: in its structure, and in its text.

export type Path = readonly (string | number)[];

export interface Position {
  line: number;
  column: number;
}

/** A problem of the text itself, found while it was read. */
export interface Flaw {
  path: Path;
  message: string;
  at: Position;
}
