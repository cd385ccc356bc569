// What is wrong with a configuration: where, what, and what to write instead; of what stands there only what is no secret.
import type { Hidden } from '../util/hidden.ts';
import { defined } from './defined.ts';
import type { Path, Position } from './path.ts';
import { shownCamera, shownValue } from './shown.ts';
import type { Value } from './yaml/values.ts';

export interface Problem {
  /** The file's path as given, or `environment`. */
  file: string;
  /** From 1; absent where no line is to blame. */
  line?: number;
  column?: number;
  /** Such as `cameras[2].port`, or the environment variable's name; empty for the whole file. */
  path: string;
  /** The ID of the camera that it is in. */
  camera?: string;
  message: string;
  /** What stands there, where that is no secret. */
  value?: string;
  /** The word that was probably meant. */
  suggestion?: string;
}

/** Collects the problems and warnings of one load. */
export interface Report {
  problem(path: Path, message: string, detail?: { suggestion?: string | undefined; at?: Position }): void;
  warn(path: Path, message: string, detail?: { suggestion?: string | undefined }): void;
  /** A problem of an environment variable rather than of the file. */
  environment(variable: string, message: string): void;
  environmentWarning(variable: string, message: string, suggestion: string): void;
  /** Where it stands, as ` (line 4)`, for a message about another place; empty where that is not known. */
  lineOf(path: Path): string;
  /** Whether there are so many problems that no more are kept. */
  isFull(): boolean;
  /** Whether a problem is known of this very place. */
  has(path: Path): boolean;
  /** Whether a problem is known of this place, of what holds it, or of what it holds. */
  touches(path: Path): boolean;
  problems(): Problem[];
  warnings(): Problem[];
}

const MAX_PROBLEMS = 100;

export interface ReportOptions {
  file: string;
  locate(path: Path): Position | undefined;
  /** What the file says, before the environment fills it. */
  value: Value;
  /** What is in no message. */
  hidden: Hidden;
}

/** An empty report on a file. */
export function createReport({ file, locate, value: root, hidden }: ReportOptions): Report {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const places: Path[] = [];
  const isFull = () => problems.length === MAX_PROBLEMS;
  const add = (problem: Problem, place?: Path) => {
    if (isFull()) return;
    problems.push(problem);
    if (place) places.push(place);
  };
  const entry = (path: Path, message: string, suggestion: string | undefined): Problem => {
    const shown = {
      camera: shownCamera(root, path),
      message,
      value: shownValue(root, path, `${message} ${suggestion}`),
      suggestion,
    };
    const words = Object.entries(defined(shown)).map(([name, text]) => [name, hidden.text(text)]);
    return { file, ...locate(path), path: pathText(path), ...Object.fromEntries(words) };
  };
  const environment = (path: string, message: string) => ({ file: 'environment', path, message });
  return {
    problem(path, message, { suggestion, at } = {}) {
      add({ ...entry(path, message, suggestion), ...at }, path);
    },
    warn: (path, message, { suggestion } = {}) => void warnings.push(entry(path, message, suggestion)),
    environment: (variable, message) => add(environment(variable, message)),
    environmentWarning: (variable, message, suggestion) =>
      void warnings.push({ ...environment(variable, message), suggestion }),
    lineOf(path) {
      const line = locate(path)?.line;
      return line === undefined ? '' : ` (line ${line})`;
    },
    isFull,
    has: path => places.some(place => place.length === path.length && startsWith(place, path)),
    touches: path => places.some(place => startsWith(place, path) || startsWith(path, place)),
    problems() {
      const rest = { file, path: '', message: 'there may be more problems than these' };
      return [...problems.toSorted(byLine), ...(isFull() ? [rest] : [])];
    },
    warnings: () => warnings.toSorted(byLine),
  };
}

/** One line a problem: `FILE:LINE:COLUMN PATH (CAMERA) VALUE: MESSAGE (did you mean …?)`. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(formatProblem).join('\n');
}

function formatProblem({ file, line, column, path, camera, message, value, suggestion }: Problem): string {
  const place = [file, line, column].filter(part => part !== undefined).join(':');
  const name = camera === undefined ? '' : ` (${camera})`;
  const what = value === undefined ? '' : ` \`${value}\``;
  const hint = suggestion === undefined ? '' : ` (did you mean \`${suggestion}\`?)`;
  return `${place} ${path === '' ? '' : `${path}${name}${what}: `}${message}${hint}`;
}

function pathText(path: Path): string {
  const steps = path.map((step, index) => {
    if (typeof step === 'number') return `[${step}]`;
    return keyText(OWN_NAMES.has(path[index - 1]) ? '?' : step, index);
  });
  return steps.join('');
}

/** Below these, names are of the user's own: one may be the secret itself, such as in `labels: {hunter2}`. */
const OWN_NAMES: ReadonlySet<unknown> = new Set(['labels', 'headers']);

/** A key that is no plain word may hold a value by a slip (`password:x` without its space is a key). */
function keyText(key: string, index: number): string {
  const shown = /^[A-Za-z_][\w.-]{0,39}$/.test(key) ? key : '?';
  return index === 0 ? shown : `.${shown}`;
}

function startsWith(path: Path, start: Path): boolean {
  return start.length <= path.length && start.every((step, index) => path[index] === step);
}

function byLine(a: Problem, b: Problem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
