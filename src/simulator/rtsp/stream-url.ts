// The RTSP URL of the event stream and what its query asks for (PROTOCOLS 1.1).
import { parseTopicFilter, type TopicFilter } from '../topic-filter.ts';

export interface StreamUrl {
  /** The number in `stream=N` of a media's control URL. */
  stream: number | undefined;
  /** The query as it came, with its question mark. */
  search: string;
  origin: string;
  events: boolean;
  video: boolean;
  filter: TopicFilter;
}

const PATH = /^\/axis-media\/media\.amp\/?(?:stream=(\d+))?\/?$/;

/** Reads the URL of a request; a status where there is no such stream (404) or its filter is bad (400). */
export function parseStreamUrl(text: string): StreamUrl | number {
  if (!URL.canParse(text)) return 400;
  const url = new URL(text);
  const match = PATH.exec(url.pathname);
  if (!match || !/^rtsps?:$/.test(url.protocol)) return 404;
  const filter = parseTopicFilter(url.searchParams.get('eventtopic'));
  if (!filter) return 400;
  return {
    stream: match[1] === undefined ? undefined : Number(match[1]),
    search: url.search,
    origin: `${url.protocol}//${url.host}`,
    events: url.searchParams.get('event') === 'on',
    video: url.searchParams.get('video') !== '0',
    filter,
  };
}
