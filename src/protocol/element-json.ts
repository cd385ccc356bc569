// The content of an ElementItem as nested JSON: ONVIF's mapping, attributes as "@name" (PROTOCOLS 6).
import type { Json, Values } from '../event.ts';
import { splitName } from './namespaces.ts';
import { own } from './text.ts';
import type { Attributes, Tag } from './xml-tag.ts';

/** Takes the elements inside one ElementItem in order; `value` is their JSON. */
export interface ElementJson {
  open(tag: Tag): void;
  text(text: string): void;
  close(): void;
  /**
   * Child elements by local name, repeated ones as arrays, attributes as `@name`, text beside either as `#text`;
   * an element with text alone is that text. Objects have no prototype: `__proto__` is a name like any other.
   */
  value(): Json;
}

interface Node {
  name: string;
  values: Values;
  text: string;
}

/** `attributes` are the ElementItem's own; its Name is the item's name and no part of the value. */
export function createElementJson(attributes: Attributes): ElementJson {
  const root = createNode('', attributes, 'Name');
  const open = [root];
  const top = () => open.at(-1) ?? root;
  return {
    open: tag => void open.push(createNode(tag.local, tag.attributes)),
    text(text) {
      top().text += text;
    },
    close() {
      const node = open.pop() ?? root;
      put(top().values, node.name, toJson(node));
    },
    value: () => toJson(root),
  };
}

function createNode(name: string, attributes: Attributes, except?: string): Node {
  const values: Values = Object.create(null);
  for (let at = 0; at < attributes.length; at += 2) {
    const key = attributes[at] ?? '';
    if (key !== except) put(values, `@${splitName(key).local}`, attributes[at + 1] ?? '');
  }
  return { name, values, text: '' };
}

function toJson({ values, text }: Node): Json {
  const blank = text.trim() === '';
  if (Object.keys(values).length === 0) return blank ? '' : own(text);
  if (!blank) values['#text'] = own(text);
  return values;
}

function put(values: Values, name: string, value: Json): void {
  const present = values[name];
  if (present === undefined) values[name] = value;
  else if (Array.isArray(present)) present.push(value);
  else values[name] = [present, value];
}
