// The nodes of a YAML document to plain values and their places, with aliases and merge keys resolved within bounds.
import { isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import type { Flaw, Path, Position } from '../path.ts';

export type Value = null | boolean | number | string | Value[] | Mapping;
export interface Mapping {
  [key: string]: Value;
}

interface Reader {
  position(offset: number): Position;
  positions: Map<string, Position>;
  /** Places of texts without quotes that a comment follows. */
  commented: Set<string>;
  anchors: Map<string, Node>;
  flaws: Flaw[];
  /** Where the bounds were passed: nothing is read from there on. */
  excess?: Node | undefined;
  /** How deep the value that is being read lies, through aliases and merges too. */
  depth: number;
  /** Values made so far; an alias counts with all that it brings, so that aliases of aliases cannot multiply. */
  count: number;
}

const MAX_VALUES = 250_000;
const MAX_DEPTH = 40;
const MAX_FLAWS = 20;

/** All values of `root`, the flaws found on the way, and where each value stands. */
export function readValues(root: Node | null, position: Reader['position']) {
  const reader: Reader = {
    position,
    positions: new Map(),
    commented: new Set(),
    anchors: new Map(),
    flaws: [],
    depth: 0,
    count: 0,
  };
  const value = read(reader, root, []);
  if (reader.excess) {
    const message = 'its aliases nest too deeply or bring too many values';
    return {
      flaws: [{ path: [], message, at: placeOf(reader, reader.excess) }],
      locate: () => undefined,
      isCommented: () => false,
    };
  }
  return {
    value,
    flaws: reader.flaws,
    locate: (path: Path) => nearest(reader.positions, path),
    isCommented: (path: Path) => reader.commented.has(JSON.stringify(path)),
  };
}

function read(reader: Reader, node: Node | null, path: Path): Value {
  reader.count += 1;
  reader.depth += 1;
  if (node && (reader.count > MAX_VALUES || reader.depth > MAX_DEPTH)) reader.excess ??= node;
  const value = reader.excess ? null : toValue(reader, node, path);
  reader.depth -= 1;
  return value;
}

function toValue(reader: Reader, node: Node | null, path: Path): Value {
  if (isAlias(node))
    return read(reader, reader.anchors.get(node.source) ?? unknownAlias(reader, node, path), path);
  if (node?.anchor !== undefined) reader.anchors.set(node.anchor, node);
  if (isSeq<Node>(node)) return node.items.map((item, index) => readAt(reader, item, [...path, index], item));
  if (isMap<Node, Node | null>(node)) return readMap(reader, node, path);
  return isScalar(node) ? toScalar(node.value) : null;
}

/** Reads a value and notes its place: that of its key in a mapping. */
function readAt(reader: Reader, node: Node | null, path: Path, place: Node): Value {
  const key = JSON.stringify(path);
  reader.positions.set(key, placeOf(reader, place));
  if (isScalar(node) && node.type === 'PLAIN' && node.comment) reader.commented.add(key);
  return read(reader, node, path);
}

function readMap(reader: Reader, map: YAMLMap<Node, Node | null>, path: Path): Value {
  const merges = map.items.filter(({ key }) => isMergeKey(key));
  const merged = merges.flatMap(({ value }) => readMerge(reader, value, path));
  const own = new Map<string, Value>();
  for (const { key, value } of map.items.filter(({ key }) => !isMergeKey(key))) {
    const name = isScalar(key) ? String(key.value) : '';
    const refusal = nameRefusal(reader, [...path, name], own);
    if (refusal === undefined) own.set(name, readAt(reader, value, [...path, name], key));
    else flaw(reader, [...path, name], refusal, key);
  }
  // Of two entries of one name the later wins: a mapping's own over merged ones, the first merged over the next.
  return Object.fromEntries([...merged.reverse(), ...own]);
}

function nameRefusal(reader: Reader, path: Path, others: ReadonlyMap<string, Value>): string | undefined {
  const name = String(path.at(-1));
  if (name === '__proto__') return 'this name is not allowed';
  if (!others.has(name)) return undefined;
  return `this key stands here twice, first in line ${nearest(reader.positions, path)?.line}`;
}

/** The entries that `<<: *a` or `<<: [*a, *b]` brings in (yaml.org/type/merge). */
function readMerge(reader: Reader, source: Node | null, path: Path): [string, Value][] {
  return (isSeq<Node>(source) ? source.items : [source]).flatMap(item => {
    const value = read(reader, item, path);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return Object.entries(value);
    flaw(reader, path, '`<<` takes an alias of a mapping, or a list of them', item);
    return [];
  });
}

function isMergeKey(key: Node): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN';
}

function toScalar(value: unknown): Value {
  const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return plain ? value : null;
}

function unknownAlias(reader: Reader, node: Node, path: Path): null {
  flaw(reader, path, 'this alias (`*name`) has no anchor (`&name`) before it', node);
  return null;
}

function flaw(reader: Reader, path: Path, message: string, node: Node | null): void {
  if (reader.flaws.length < MAX_FLAWS) reader.flaws.push({ path, message, at: placeOf(reader, node) });
}

function placeOf(reader: Reader, node: Node | null): Position {
  return reader.position(node?.range?.[0] ?? 0);
}

function nearest(positions: ReadonlyMap<string, Position>, path: Path): Position | undefined {
  for (let length = path.length; length > 0; length--) {
    const position = positions.get(JSON.stringify(path.slice(0, length)));
    if (position) return position;
  }
  return undefined;
}
