// The Jinja templates that Home Assistant reads our payloads with.

/** Names that a template may quote: a device chooses them, and a template is code. */
const PLAIN = /^[\w ./-]{1,64}$/;

/** Whether a value of that name can be read by a template. */
export function isReadable(name: string): boolean {
  return PLAIN.test(name);
}

/**
 * What stands at that place of the JSON payload; `None`, which is unknown, where nothing does, `unknown` does, or the
 * payload is the empty one that clears a topic. By subscript: `x.values` would be a method of Python's.
 */
export function valueAt(path: readonly string[], unknown?: readonly number[]): string {
  const place = path.reduce((at, name) => `(${at} | default({}))['${name}']`, 'value_json');
  const value = `${place} | default(none)`;
  return unknown === undefined
    ? `{{ ${value} }}`
    : `{{ none if ${place} in [${unknown.join(', ')}] else ${value} }}`;
}

/** A device that is heard, be it degraded, and a bridge that runs. */
export const AVAILABLE =
  "{{ 'online' if (value_json | default({}))['state'] in ['online', 'degraded'] else 'offline' }}";

/** The only type of our event entities: what happened is in the attributes. */
export const EVENT_TYPE = 'triggered';

/** A pulse with its items as attributes; nothing of the empty payload that clears a topic. */
export const PULSE =
  "{% if value_json is defined %}{{ dict(dict(value_json['source'], **value_json['data'])," +
  ` event_type='${EVENT_TYPE}') | to_json }}{% endif %}`;
