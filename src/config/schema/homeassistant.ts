// Home Assistant: whether, where and under which prefix it is told of the devices.
import * as z from 'zod';
import { topicComplaint } from '../template.ts';
import { flag, key, oneOrMore, text } from './values.ts';

const full = z.strictObject({
  enabled: key(flag(), 'Whether Home Assistant is told of the devices.', false),
  broker: key(oneOrMore(text(), 64), 'The broker that it is connected to, or a list. Default: all.'),
  discoveryPrefix: key(text(topicComplaint), 'Its discovery prefix.', 'homeassistant'),
});

/** `homeAssistant: true` says no more than `{enabled: true}`. */
export const homeAssistant = z.union([full, flag()]);
