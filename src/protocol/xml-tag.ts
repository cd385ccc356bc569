// An XML start tag as both tokenizers give it, and who receives it.
import { declaredPrefix, splitName } from './namespaces.ts';
import { own } from './text.ts';

/** Name, value, name, value, …: two or three of them, which is no matter for a Map. */
export type Attributes = readonly string[];

export interface Tag {
  /** The name as written. */
  name: string;
  prefix: string;
  local: string;
  /** As written, in order, without the namespace declarations. */
  attributes: Attributes;
  /** Prefix to URI, where the tag declares any. */
  declared: ReadonlyMap<string, string> | undefined;
}

/** Receives a document's elements in order; may throw to refuse the document. */
export interface XmlSink {
  open(tag: Tag): void;
  text(text: string): void;
  close(): void;
}

/** Makes a tag of its name and its attributes as written. */
export function makeTag(name: string, written: Attributes): Tag {
  const { prefix, local } = splitName(name);
  const attributes: string[] = [];
  let declared: Map<string, string> | undefined;
  for (let at = 0; at + 1 < written.length; at += 2) {
    const key = written[at] ?? '';
    const value = written[at + 1] ?? '';
    const declares = declaredPrefix(key);
    if (declares === undefined) {
      attributes.push(own(key), own(value));
    } else {
      declared ??= new Map();
      declared.set(declares, value.trim());
    }
  }
  return { name, prefix, local, attributes, declared };
}

/** The value of an attribute, undefined where the tag has none of that name. */
export function attribute(attributes: Attributes, name: string): string | undefined {
  for (let at = 0; at < attributes.length; at += 2) {
    if (attributes[at] === name) return attributes[at + 1];
  }
  return undefined;
}
