// The form in which a route publishes: its field rules and its format, compiled once for all routes that say the same.
import type { Occurrence } from '../event.ts';
import type { Secret } from '../util/secret.ts';
import { createView, type FieldRule, type View } from './fields.ts';
import type { AxisOptions } from './formats/axis.ts';
import { FORMATS, type Format, type FormatName, type Render } from './formats/format.ts';

export interface FormOptions {
  format: FormatName;
  /** Of the format `axis`. */
  axis?: AxisOptions;
  fields?: readonly FieldRule[];
  /** The key of the rules that hash. */
  hashKey?: Secret;
}

export interface Form {
  view: View;
  deletion: Format['deletion'];
  /** Renders what `view` gave. */
  render(occurrence: Occurrence): Render;
}

const AXIS: AxisOptions = { namespaces: true, serialInPayload: false };
const ALL: View = occurrence => occurrence;

/** Makes the form of each route; those that say the same share one, so that an event is rendered once for them all. */
export function createForms(): (options: FormOptions) => Form {
  const shared = new Map<string, Form>();
  return options => {
    const { format, axis, fields = [], hashKey } = options;
    if (fields.length > 0) return compile(options, createView(fields, hashKey));
    const key = JSON.stringify([format, axis]);
    const form = shared.get(key) ?? compile(options, ALL);
    shared.set(key, form);
    return form;
  };
}

function compile({ format, axis = AXIS }: FormOptions, view: View): Form {
  const { deletion, render }: Format = FORMATS[format];
  return { view, deletion, render: occurrence => render(occurrence, axis) };
}
