// Topic templates: `{base}/{device}/event/{topic}/{source}`, filled once with what a camera is, then for each event.
import type { Item } from '../event.ts';
import { perTopic } from '../util/per-topic.ts';
import { topicSegments } from '../util/topic.ts';
import { axisTopic } from './formats/axis.ts';
import { onvifTopic } from './formats/onvif.ts';
import { topicLevel } from './level.ts';

/** What is the same for all events of a camera. */
export interface CameraValues {
  base: string;
  bridge: string;
  device: string;
  labels: Readonly<Record<string, string>>;
  /** Whether `{axisTopic}` names the namespaces; default true. */
  namespaces?: boolean;
}

/** What is of one event. */
export interface EventValues {
  serial: string;
  kind: string;
  /** The ONVIF topic with its prefixes. */
  topic: string;
  /** Of each source and key item its name and its text as the device said it, in the order of the topic. */
  sources: readonly (readonly [name: string, text: string])[];
  /** The source items in the device's order. */
  source: readonly Item[];
}

/** The MQTT topic of an event. */
export type FillTopic = (values: EventValues) => string;

/**
 * Compiles a template for a camera. A level that comes out empty takes its slash along, such as `{source}` of an event
 * without sources.
 */
export function compileTemplate(template: string, camera: CameraValues): FillTopic {
  const levels = template.split('/').map(level => compileLevel(level, camera));
  return values => {
    let topic = '';
    for (const level of levels) {
      const text = typeof level === 'string' ? level : level(values);
      if (text !== '') topic = topic === '' ? text : `${topic}/${text}`;
    }
    return topic;
  };
}

type Level = string | FillTopic;

function compileLevel(level: string, camera: CameraValues): Level {
  const parts = level
    .split(/(\{[^{}]*\})/)
    .filter(part => part !== '')
    .map(part => (part.startsWith('{') ? fillOf(part.slice(1, -1), camera) : part));
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0) return only;
  if (parts.every(part => typeof part === 'string')) return parts.join('');
  return values => parts.map(part => (typeof part === 'string' ? part : part(values))).join('');
}

function fillOf(name: string, camera: CameraValues): Level {
  const label = /^labels\.(.+)$/.exec(name)?.[1];
  if (label !== undefined)
    return Object.hasOwn(camera.labels, label) ? topicLevel(camera.labels[label] ?? '') : '';
  return OF_CAMERA[name]?.(camera) ?? OF_EVENT[name] ?? `{${name}}`;
}

const OF_CAMERA: Readonly<Record<string, (camera: CameraValues) => Level>> = {
  base: ({ base }) => base,
  bridge: ({ bridge }) => topicLevel(bridge),
  device: ({ device }) => topicLevel(device),
  axisTopic:
    ({ namespaces }) =>
    ({ topic, source }) =>
      axisTopic(topic, source, namespaces),
};

const pathOf = perTopic(topic => topicSegments(topic).map(topicLevel).join('/'));

const OF_EVENT: Readonly<Record<string, FillTopic>> = {
  serial: ({ serial }) => topicLevel(serial),
  kind: ({ kind }) => kind,
  topic: ({ topic }) => pathOf(topic),
  source: ({ sources }) => sources.map(([name, text]) => topicLevel(`${name}=${text}`)).join('/'),
  onvifTopic: ({ topic, source }) => onvifTopic(topic, source),
};
