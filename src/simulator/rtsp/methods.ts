// What each RTSP method does, as a table (RFC 2326 §10; answers as captured, PROTOCOLS 1.3).
import type { Core } from '../core.ts';
import type { Answer } from './answer.ts';
import type { RtspRequest } from './request.ts';
import { describe } from './sdp.ts';
import type { Session } from './session.ts';
import { parseStreamUrl, type StreamUrl } from './stream-url.ts';
import { openUdp } from './udp.ts';

interface MethodContext {
  core: Core;
  request: RtspRequest;
  /** The client's. */
  address: string;
  /** The session of this connection, if any. */
  session: Session | undefined;
  /** The session of this connection, made where there is none. */
  openSession(): Session;
  closeSession(): void;
  /** Whether the connection is closed. */
  isOver(): boolean;
}

type Method = (context: MethodContext) => Answer | Promise<Answer>;

const PUBLIC =
  'OPTIONS, DESCRIBE, ANNOUNCE, GET_PARAMETER, PAUSE, PLAY, RECORD, SETUP, SET_PARAMETER, TEARDOWN';
/** A packet's payload where the client states no Blocksize: an MTU of 1400 less the RTP header. */
const DEFAULT_PAYLOAD = 1388;
const MAX_PAYLOAD = 65_000;

const OK: Answer = { status: 200 };

/** By method name; one that is missing here is not allowed (405). */
export const METHODS: Readonly<Record<string, Method>> = {
  OPTIONS: () => ({ status: 200, headers: { Public: PUBLIC } }),
  DESCRIBE: context => withUrl(context, describeStream),
  SETUP: context => withUrl(context, setUp),
  PLAY: context => withUrl(context, play),
  PAUSE: context => inSession(context, pause),
  GET_PARAMETER: () => OK,
  SET_PARAMETER: () => OK,
  TEARDOWN: context =>
    inSession(context, () => {
      context.closeSession();
      return OK;
    }),
};

function withUrl<T>(context: MethodContext, then: (context: MethodContext, url: StreamUrl) => T): T | Answer {
  const url = parseStreamUrl(context.request.url);
  return typeof url === 'number' ? { status: url } : then(context, url);
}

function inSession(context: MethodContext, then: (session: Session) => Answer): Answer {
  const named = context.request.headers.has('session');
  return context.session && named ? then(context.session) : { status: 454 };
}

function describeStream({ core }: MethodContext, url: StreamUrl): Answer {
  const { text, base } = describe(url, core.settings.oddities);
  return { status: 200, headers: { 'Content-Type': 'application/sdp', 'Content-Base': base }, body: text };
}

function setUp(context: MethodContext, url: StreamUrl): Answer | Promise<Answer> {
  const { core, request } = context;
  const { events } = describe(url, core.settings.oddities);
  if (url.stream === undefined || url.stream > (events ?? 0)) return { status: 404 };
  if (context.session?.playing) return { status: 455 };
  const transports = request.headers.get('transport') ?? '';
  const asked = interleavedChannels(transports);
  const ports = clientPorts(transports);
  if (!asked && ports) return setUpUdp(context, { ports, url, isEvents: url.stream === events });
  if (!asked) return { status: 461 };
  const channels = core.settings.oddities.channels ?? asked;
  const session = context.openSession();
  const extra = url.stream === events ? `;ssrc=${setUpEvents(context, session, { channels, url })}` : '';
  const transport = `RTP/AVP/TCP;unicast;interleaved=${channels.join('-')}${extra};mode="PLAY"`;
  return { status: 200, headers: { Transport: transport } };
}

/** The channels of what goes out by UDP in the end. */
const UDP_CHANNELS = [0, 1] as const;

async function setUpUdp(
  context: MethodContext,
  { ports, url, isEvents }: { ports: readonly [number, number]; url: StreamUrl; isEvents: boolean },
): Promise<Answer> {
  const { core, address } = context;
  const udp = await openUdp({ address, ports }, core.settings.host);
  if (context.isOver()) {
    udp.close();
    return { status: 454 };
  }
  const session = context.openSession();
  session.sendBy(udp);
  const extra = isEvents ? `;ssrc=${setUpEvents(context, session, { channels: UDP_CHANNELS, url })}` : '';
  const [client, server] = [ports.join('-'), udp.ports.join('-')];
  const transport = `RTP/AVP;unicast;client_port=${client};server_port=${server}${extra};mode="PLAY"`;
  return { status: 200, headers: { Transport: transport } };
}

function setUpEvents(
  { request }: MethodContext,
  session: Session,
  { channels, url }: { channels: readonly [number, number]; url: StreamUrl },
): string {
  const block = Number(request.headers.get('blocksize') ?? DEFAULT_PAYLOAD);
  const most = session.isUdp ? DEFAULT_PAYLOAD : MAX_PAYLOAD;
  const maxPayload = block >= 1 ? Math.min(block, most) : DEFAULT_PAYLOAD;
  const { ssrc } = session.setUp({ channels, filter: url.filter, maxPayload });
  return ssrc.toString(16).toUpperCase().padStart(8, '0');
}

/** The ports of the first alternative that is UDP. */
function clientPorts(transport: string): readonly [number, number] | undefined {
  for (const alternative of transport.split(',')) {
    const [profile = '', ...params] = alternative.trim().split(';');
    const ports = params.map(param => /^client_port=(\d+)(?:-(\d+))?$/.exec(param.trim())).find(Boolean);
    if (/^RTP\/AVP(\/UDP)?$/.test(profile) && ports)
      return [Number(ports[1]), Number(ports[2] ?? Number(ports[1]) + 1)];
  }
  return undefined;
}

/** The channels of the first alternative that is TCP interleaved; undefined where there is none (461). */
function interleavedChannels(transport: string): readonly [number, number] | undefined {
  for (const alternative of transport.split(',')) {
    const [profile, ...params] = alternative.trim().split(';');
    const channels = params.map(param => /^interleaved=(\d+)-(\d+)$/.exec(param.trim())).find(Boolean);
    if (profile === 'RTP/AVP/TCP' && channels)
      return [Number(channels[1]) & 0xff, Number(channels[2]) & 0xff];
  }
  return undefined;
}

function play(context: MethodContext, url: StreamUrl): Answer {
  return inSession(context, session => {
    if (url.stream !== undefined) return { status: 460 };
    const headers = { 'RTP-Info': rtpInfo(context, session, url), Range: 'npt=now-' };
    const wasPlaying = session.playing;
    session.playing = true;
    session.touch();
    return wasPlaying ? { status: 200, headers } : { status: 200, headers, after: session.replay };
  });
}

function rtpInfo({ core }: MethodContext, session: Session, url: StreamUrl): string {
  const time = Math.floor(core.now() * 90) % 2 ** 32;
  const stream = `${url.origin}/axis-media/media.amp/stream=0${url.search}`;
  return `url=${stream};seq=${session.packetizer?.sequence ?? 0};rtptime=${time}`;
}

function pause(session: Session): Answer {
  session.playing = false;
  return OK;
}
