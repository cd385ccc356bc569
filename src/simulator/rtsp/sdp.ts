// The session description that DESCRIBE answers, as captured off a device (PROTOCOLS 1.3).
import type { Oddities } from '../options.ts';
import type { StreamUrl } from './stream-url.ts';

const PATH = '/axis-media/media.amp';

/** The SDP text, and the number of the stream that bears the events (undefined where none does). */
export function describe(
  url: StreamUrl,
  oddities: Oddities,
): { text: string; base: string; events?: number } {
  const hasVideo = url.video || oddities.video === true;
  const base = `${url.origin}${PATH}/`;
  const control = (stream: number) => `${oddities.relativeControl ? '' : base}stream=${stream}${url.search}`;
  const session = [
    'v=0',
    'o=- 18302136002250915122 1 IN IP4 127.0.0.1',
    's=Session streamed with GStreamer',
    'i=rtsp-server',
    't=0 0',
    'a=tool:GStreamer',
    'a=type:broadcast',
    'a=range:npt=now-',
    ...(oddities.noSessionControl
      ? []
      : [`a=control:${oddities.relativeControl ? '*' : `${url.origin}${PATH}${url.search}`}`]),
  ];
  const events = url.events ? Number(hasVideo) : undefined;
  const lines = [
    ...session,
    ...(hasVideo ? videoMedia(control(0)) : []),
    ...(events === undefined ? [] : eventMedia(control(events))),
  ];
  return { text: `${lines.join('\r\n')}\r\n`, base, ...(events === undefined ? {} : { events }) };
}

function videoMedia(control: string): string[] {
  return [
    'm=video 0 RTP/AVP 96',
    'c=IN IP4 0.0.0.0',
    'b=AS:50000',
    'a=rtpmap:96 H264/90000',
    'a=fmtp:96 packetization-mode=1;profile-level-id=4d0029',
    `a=control:${control}`,
    'a=framerate:30.000000',
  ];
}

function eventMedia(control: string): string[] {
  return [
    'm=application 0 RTP/AVP 98',
    'c=IN IP4 0.0.0.0',
    'a=rtpmap:98 vnd.onvif.metadata/90000',
    'a=ts-refclk:local',
    'a=mediaclk:sender',
    `a=control:${control}`,
  ];
}
