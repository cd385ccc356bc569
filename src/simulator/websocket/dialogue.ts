// What is asked on the WebSocket of the event stream, and what then comes (PROTOCOLS 2.2, 2.3).
import type { Core, Shot } from '../core.ts';
import { jsonMessage } from '../http/json-message.ts';
import { replayed } from '../replay.ts';
import type { Message } from '../rtsp/metadata.ts';
import { parseTopicFilter, type TopicFilter } from '../topic-filter.ts';

export interface StreamDialogue {
  /** Whether it was asked for events. */
  readonly playing: boolean;
  /** Takes a message of the client. */
  read(text: string): void;
  /** What it says of this: once for each filter that it matches. That a property is gone is not told. */
  texts(message: Message): string[];
  deliver(messages: readonly Message[]): void;
  send(shot: Shot): boolean;
}

/** A request as far as it can be read. */
interface Request {
  apiVersion?: unknown;
  context?: unknown;
  method?: unknown;
  params?: { eventFilterList?: unknown };
}

const PREFIXES = { tns1: 'tns1', tnsaxis: 'tnsaxis' };
const ERRORS = {
  version: { code: 2100, message: 'API version not supported' },
  json: { code: 2101, message: 'Invalid JSON' },
  method: { code: 2102, message: 'Method not supported' },
  missing: { code: 2103, message: 'Required parameter missing' },
  filter: { code: 2104, message: 'Could not use supplied event filter' },
};

/** `say` sends one text message. */
export function createStreamDialogue(core: Core, say: (text: string) => void): StreamDialogue {
  const { settings, stats } = core;
  let filters: readonly TopicFilter[] = [];

  function answer(request: Request | undefined): void {
    const { context, method } = request ?? {};
    const result = configure(request);
    const named = {
      ...(context === undefined ? {} : { context }),
      ...(method === undefined ? {} : { method }),
    };
    say(JSON.stringify({ apiVersion: '1.0', ...named, ...('error' in result ? result : { data: {} }) }));
    if ('filters' in result) {
      filters = result.filters;
      dialogue.deliver(replayed(core));
    }
  }

  function configure(request: Request | undefined): { error: object } | { filters: readonly TopicFilter[] } {
    if (request === undefined) return { error: ERRORS.json };
    if (!/^1(\.|$)/.test(String(request.apiVersion))) return { error: ERRORS.version };
    if (request.method !== 'events:configure') return { error: ERRORS.method };
    const list = request.params?.eventFilterList;
    if (!Array.isArray(list)) return { error: ERRORS.missing };
    const known = list.map(readFilter).filter(filter => filter !== undefined);
    return known.length < list.length ? { error: ERRORS.filter } : { filters: known };
  }

  /** Content filters are not simulated. */
  function readFilter(
    filter: { topicFilter?: unknown; contentFilter?: unknown } | null,
  ): TopicFilter | undefined {
    const { topicFilter = '//.', contentFilter } = filter ?? { contentFilter: null };
    const { refuseCatchAll, refuseUnions } = settings.websocket;
    if (typeof topicFilter !== 'string' || topicFilter === '' || contentFilter !== undefined)
      return undefined;
    if (refuseCatchAll && topicFilter === '//.') return undefined;
    if (topicFilter.includes(',') || (refuseUnions && topicFilter.includes('|'))) return undefined;
    return parseTopicFilter(topicFilter, PREFIXES);
  }

  function texts(message: Message): string[] {
    const matching = filters.filter(filter => filter(message.topic));
    if (matching.length === 0 || message.operation === 'deleted') return [];
    const { timestamp, ...rest } = jsonMessage(message);
    const notification = settings.websocket.noTimestamp ? rest : { timestamp, ...rest };
    const text = JSON.stringify({ apiVersion: '1.0', method: 'events:notify', params: { notification } });
    return matching.map(() => text);
  }

  function tell(message: Message): void {
    const all = texts(message);
    stats.notifications += all.length;
    for (const text of all) say(text);
  }

  const dialogue: StreamDialogue = {
    get playing() {
      return filters.length > 0;
    },
    read: text => answer(parse(text)),
    texts,
    deliver(messages) {
      for (const message of messages) tell(message);
    },
    send(shot) {
      const wanted = filters.some(filter => filter(shot.topic));
      if (wanted) tell(shot.message());
      return wanted;
    },
  };
  return dialogue;
}

function parse(text: string): Request | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
