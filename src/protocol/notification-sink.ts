// Builds notifications of a document's elements, told apart by namespace URI, whichever prefixes it uses.
import type { Item, Notification, Operation, Unreadable } from '../event.ts';
import { createElementJson, type ElementJson } from './element-json.ts';
import { NS, resolvePrefix, type Scope } from './namespaces.ts';
import { normalizeTopic, TOPIC_MAX } from './topic.ts';
import { fromIso } from './utc.ts';
import { attribute, type Tag, type XmlSink } from './xml-tag.ts';

const OPERATIONS = new Map<string, Operation>([
  ['initialized', 'initialized'],
  ['changed', 'changed'],
  ['deleted', 'deleted'],
]);

/** What a document says, in order, and which of its notifications cannot be read. */
export interface ReadResult {
  notifications: Notification[];
  unreadable: Unreadable[];
}

/** What is open just now. */
interface State extends ReadResult {
  scope: Scope | undefined;
  /** The tt:Message elements of the open NotificationMessage, and the text of its Topic. */
  messages: Notification[] | undefined;
  topic: string;
  inTopic: boolean;
  message: Notification | undefined;
  /** Why the open NotificationMessage cannot be read. */
  problem: string | undefined;
  /** The open tt:Message holds an item that is in no group of it, or of no namespace that is known. */
  hasStray: boolean;
  /** The open Source, Key or Data. */
  items: Item[] | undefined;
  element: ElementJson | undefined;
}

interface Rule {
  uri: string;
  /** Whether the element counts where it stands; if so, its end calls `close`. */
  open(state: State, tag: Tag): boolean;
  close?(state: State): void;
}

const RULES = new Map<string, Rule>([
  ['NotificationMessage', { uri: NS.wsnt, open: openNotification, close: closeNotification }],
  ['Topic', { uri: NS.wsnt, open: openTopic, close: closeTopic }],
  ['Message', { uri: NS.tt, open: openMessage, close: closeMessage }],
  ['Source', { uri: NS.tt, open: state => openGroup(state, state.message?.source), close: closeGroup }],
  ['Key', { uri: NS.tt, open: state => openGroup(state, state.message?.key), close: closeGroup }],
  ['Data', { uri: NS.tt, open: state => openGroup(state, state.message?.data), close: closeGroup }],
  ['SimpleItem', { uri: NS.tt, open: simpleItem }],
  ['SimpleItemDescription', { uri: NS.tt, open: describedItem }],
  ['ElementItem', { uri: NS.tt, open: openElementItem, close: closeElementItem }],
]);

const ITEMS = new Set(['SimpleItem', 'SimpleItemDescription', 'ElementItem']);

/** Whatever stands inside an ElementItem. */
const NESTED: Rule = { uri: '', open: nestedElement, close: state => state.element?.close() };

/** A sink for one document, or for what stands in one between elements that declare `scope`. */
export function createNotificationSink(scope?: Scope): XmlSink & { readonly result: ReadResult } {
  const result: ReadResult = { notifications: [], unreadable: [] };
  const state: State = {
    ...result,
    scope,
    messages: undefined,
    topic: '',
    inTopic: false,
    message: undefined,
    problem: undefined,
    hasStray: false,
    items: undefined,
    element: undefined,
  };
  const rules: (Rule | undefined)[] = [];
  const scopes: (Scope | undefined)[] = [];
  return {
    result,
    open(tag) {
      scopes.push(state.scope);
      if (tag.declared !== undefined) state.scope = { outer: state.scope, declared: tag.declared };
      rules.push(openByRule(state, tag));
    },
    text(text) {
      if (state.inTopic) state.topic += text;
      else state.element?.text(text);
    },
    close() {
      rules.pop()?.close?.(state);
      state.scope = scopes.pop();
    },
  };
}

function openByRule(state: State, tag: Tag): Rule | undefined {
  const rule = state.element === undefined ? RULES.get(tag.local) : NESTED;
  const isOpen = rule !== undefined && isMeant(rule, state, tag) && rule.open(state, tag);
  if (!isOpen && isStray(state, tag)) state.hasStray = true;
  return isOpen ? rule : undefined;
}

/** An item that no rule took: what has both a name and a value, or is called one. */
function isStray({ message }: State, { local, attributes }: Tag): boolean {
  if (message === undefined) return false;
  if (ITEMS.has(local)) return true;
  return attribute(attributes, 'Name') !== undefined && attribute(attributes, 'Value') !== undefined;
}

/** By its namespace; where nobody declared its prefix, by its name alone. */
function isMeant(rule: Rule, { scope }: State, { prefix }: Tag): boolean {
  if (rule === NESTED) return true;
  const uri = resolvePrefix(scope, prefix);
  return uri === rule.uri || (uri === undefined && prefix !== '');
}

function openNotification(state: State): boolean {
  if (state.messages !== undefined) return false;
  state.messages = [];
  state.topic = '';
  state.problem = undefined;
  return true;
}

/**
 * One notification for each tt:Message (there is one). Without that and a topic nothing was said: so some devices
 * answer a pull that has timed out.
 */
function closeNotification(state: State): void {
  const { topic, messages = [] } = state;
  state.messages = undefined;
  if (topic === '' && messages.length === 0 && state.problem === undefined) return;
  if (topic === '') state.problem ??= 'a notification without a topic';
  if (messages.length === 0) state.problem ??= 'a notification without a tt:Message';
  if (state.problem !== undefined) {
    const count = Math.max(1, messages.length);
    state.unreadable.push({ reason: state.problem, count, ...(topic === '' ? {} : { topic }) });
    return;
  }
  for (const message of messages) {
    message.topic = topic;
    state.notifications.push(message);
  }
}

function openTopic(state: State): boolean {
  if (state.messages === undefined || state.message !== undefined) return false;
  state.topic = '';
  state.inTopic = true;
  return true;
}

/** Topic prefixes are bound by the declarations around the Topic element (Core "Topic Filter"). */
function closeTopic(state: State): void {
  state.inTopic = false;
  if (state.topic.length > TOPIC_MAX) {
    state.problem = `a topic of ${state.topic.length} characters`;
    state.topic = '';
  }
  state.topic = normalizeTopic(state.topic, prefix => resolvePrefix(state.scope, prefix));
}

function openMessage(state: State, { attributes }: Tag): boolean {
  if (state.messages === undefined || state.message !== undefined) return false;
  state.message = emptyNotification(timeOf(attribute(attributes, 'UtcTime')));
  const operation = OPERATIONS.get(attribute(attributes, 'PropertyOperation')?.toLowerCase() ?? '');
  if (operation !== undefined) state.message.operation = operation;
  state.messages.push(state.message);
  state.hasStray = false;
  return true;
}

/** Any day but the 29th of February, in UTC: as nearly all times are said. */
const UTC =
  /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/;

/** The device's time in UTC; null where it said none that can be read. */
export function timeOf(text = ''): string | null {
  return UTC.test(text) ? text : fromIso(text.trim());
}

function emptyNotification(time: string | null): Notification {
  return { topic: '', time, source: [], key: [], data: [] };
}

/** Where data is missed and an item stands elsewhere, that is what was said. */
function closeMessage(state: State): void {
  if (state.hasStray && state.message?.data.length === 0)
    state.problem ??= 'an item that is in no Source, Key or Data';
  state.message = undefined;
}

function openGroup(state: State, items: Item[] | undefined): boolean {
  if (items === undefined || state.items !== undefined) return false;
  state.items = items;
  return true;
}

function closeGroup(state: State): void {
  state.items = undefined;
}

function simpleItem(state: State, { attributes }: Tag): boolean {
  if (state.items === undefined) return false;
  const name = attribute(attributes, 'Name');
  const value = attribute(attributes, 'Value');
  if (name === undefined || value === undefined) state.problem = 'an item without its Name or Value';
  else state.items.push({ name, value });
  return true;
}

/** Some devices say an item by the element that describes one: with a Value it is as much part of what is said. */
function describedItem(state: State, tag: Tag): boolean {
  return attribute(tag.attributes, 'Value') !== undefined && simpleItem(state, tag);
}

function openElementItem(state: State, { attributes }: Tag): boolean {
  if (state.items === undefined) return false;
  const name = attribute(attributes, 'Name');
  if (name === undefined) state.problem = 'an item without its Name';
  state.element = createElementJson(attributes);
  state.items.push({ name: name ?? '', value: null });
  return true;
}

function closeElementItem(state: State): void {
  const item = state.items?.at(-1);
  if (item !== undefined && state.element !== undefined) item.value = state.element.value();
  state.element = undefined;
}

function nestedElement(state: State, tag: Tag): boolean {
  state.element?.open(tag);
  return true;
}
