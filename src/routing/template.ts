// Topic templates: `{base}/{device}/event/{topic}/{source}` compiled once, filled for each event.
import { topicSegments } from '../util/topic.ts';
import { topicLevel } from './level.ts';

/** What the names in a template stand for. `sources`: of each item its name and its text as the device said it. */
export interface TemplateValues {
  base: string;
  bridge: string;
  device: string;
  serial: string;
  kind: string;
  /** The ONVIF topic with its prefixes. */
  topic: string;
  sources: readonly (readonly [name: string, text: string])[];
  labels: Readonly<Record<string, string>>;
}

type Fill = (values: TemplateValues) => string;

/** Compiles a template; an empty value takes the slash before it along (`{source}` of an event without sources). */
export function compileTemplate(template: string): Fill {
  const parts = template.split('/').map(compileLevel);
  return values =>
    parts
      .map(part => part(values))
      .filter(level => level !== '')
      .join('/');
}

function compileLevel(level: string): Fill {
  const pieces = level.split(/(\{[^{}]*\})/).filter(piece => piece !== '');
  const fills = pieces.map(
    (piece): Fill => (piece.startsWith('{') ? fillOf(piece.slice(1, -1)) : () => piece),
  );
  return values => fills.map(fill => fill(values)).join('');
}

const FILLS: Readonly<Record<string, Fill>> = {
  base: values => values.base,
  bridge: values => topicLevel(values.bridge),
  device: values => topicLevel(values.device),
  serial: values => topicLevel(values.serial),
  kind: values => values.kind,
  topic: values => topicSegments(values.topic).map(topicLevel).join('/'),
  source: values => values.sources.map(([name, text]) => topicLevel(`${name}=${text}`)).join('/'),
};

function fillOf(name: string): Fill {
  const label = /^labels\.(.+)$/.exec(name)?.[1];
  if (label !== undefined) return values => topicLevel(values.labels[label] ?? '');
  return FILLS[name] ?? (() => `{${name}}`);
}
