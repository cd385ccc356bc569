// What Telegraf makes of a message, by the part of its configuration that the example uses: mqtt_consumer with json_v2.
import assert from 'node:assert/strict';

interface Table {
  name: string;
  [key: string]: string | undefined;
}

export interface Point {
  measurement: string;
  tags: Record<string, string>;
  fields: Record<string, number>;
  time: string;
}

/** The point of one message; undefined where nothing subscribes to its topic. */
export type Parse = (topic: string, payload: string) => Point | undefined;

/** Reads a telegraf.conf: tables of plain keys. */
export function readTelegraf(text: string): { parse: Parse; table(name: string): Table } {
  const tables = tablesOf(text);
  const all = (name: string) => tables.filter(table => table.name.endsWith(name));
  const table = (name: string) => {
    const [found] = all(name);
    assert.ok(found, `there is no ${name}`);
    return found;
  };
  const [consumer, parsing, json] = [table('mqtt_consumer'), table('topic_parsing'), table('json_v2')];
  const filter = consumer['topics'] ?? '';
  assert.equal(parsing['topic'], filter);
  const parse: Parse = (topic, payload) => {
    if (!matches(filter, topic)) return undefined;
    const message: unknown = JSON.parse(payload);
    const values = (name: string) => all(name).flatMap(place => read(message, place));
    const fields = values('json_v2.field').map(([name, value]) => [name, Math.trunc(Number(value))]);
    const tags = [...levelsOf(topic, parsing['tags'] ?? ''), ...values('json_v2.tag')];
    return {
      measurement: json['measurement_name'] ?? '',
      tags: Object.fromEntries(tags.map(([name, value]) => [name, String(value)])),
      fields: Object.fromEntries(fields),
      time: String(pathOf(message, json['timestamp_path'] ?? '')),
    };
  };
  return { parse, table };
}

/** `+` is one level. */
export function matches(filter: string, topic: string): boolean {
  return new RegExp(`^${filter.replaceAll('+', '[^/]+')}$`).test(topic);
}

function tablesOf(text: string): Table[] {
  const tables: Table[] = [];
  for (const line of text.split('\n')) {
    const [, name] = /^\s*\[\[(.+)\]\]$/.exec(line) ?? [];
    const [, key, value] = /^\s*(\w+) = \[?"?([^"\]]*)"?\]?$/.exec(line) ?? [];
    if (name !== undefined) tables.push({ name });
    else if (key !== undefined) Object.assign(tables.at(-1) ?? {}, { [key]: value });
    else assert.match(line, /^\s*(#.*)?$/);
  }
  return tables;
}

function read(message: unknown, { path = '', rename = path, optional }: Table): [string, unknown][] {
  const value = pathOf(message, path);
  assert.ok(value !== undefined || optional === 'true', `${path} is missing`);
  return value === undefined ? [] : [[rename, value]];
}

function pathOf(message: unknown, path: string): unknown {
  return path.split('.').reduce((value, name) => Object(value)[name], message);
}

function levelsOf(topic: string, tags: string): [string, string][] {
  const levels = topic.split('/');
  return tags
    .split('/')
    .flatMap((name, index): [string, string][] => (name === '_' ? [] : [[name, levels[index] ?? '']]));
}
