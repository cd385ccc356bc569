// Session descriptions (RFC 4566): where the metadata stream is set up and played.
import { fail } from '../util/errors.ts';

export interface MetadataTrack {
  /** The URL to SETUP. */
  url: string;
  /** The URL to PLAY, to ping and to TEARDOWN. */
  aggregateUrl: string;
}

interface Section {
  media: string;
  control: string | undefined;
  encoding: string | undefined;
}

const ENCODING = 'vnd.onvif.metadata';

/**
 * Finds the metadata stream of a description. `baseUrl` is the answer's Content-Base or Content-Location, or the
 * request's URL (RFC 2326 §C.1.1).
 * @throws UNSUPPORTED where there is no metadata stream, or only a compressed one.
 */
export function readMetadataTrack(sdp: string, baseUrl: string): MetadataTrack {
  const [session, ...media] = readSections(sdp);
  const tracks = media.filter(section => /^application\b/i.test(section.media));
  const track =
    tracks.find(({ encoding }) => encoding === ENCODING) ??
    tracks.find(({ encoding }) => encoding === undefined);
  if (track === undefined) {
    const offered = tracks.map(({ encoding = '' }) => encoding.slice(0, 40)).join(', ');
    throw fail('UNSUPPORTED', `its stream has no plain metadata (offered: ${offered || 'none'})`);
  }
  return {
    url: resolveControl(track.control, baseUrl),
    aggregateUrl: resolveControl(session?.control, baseUrl),
  };
}

/** The session's lines, then each medium's. */
function readSections(sdp: string): Section[] {
  const sections: Section[] = [createSection('')];
  for (const line of sdp.split(/\r?\n|\r/)) {
    if (line.startsWith('m=')) sections.push(createSection(line.slice(2)));
    const section = sections.at(-1);
    if (section !== undefined) readAttribute(line, section);
  }
  return sections;
}

function createSection(media: string): Section {
  return {
    media,
    control: undefined,
    encoding: undefined,
  };
}

function readAttribute(line: string, section: Section): void {
  const [, name = '', value = ''] = /^a=(control|rtpmap):(.*)$/.exec(line) ?? [];
  if (name === 'control') section.control = value.trim();
  if (name === 'rtpmap') section.encoding = /^\d+\s+([^/\s]+)/.exec(value)?.[1]?.toLowerCase();
}

/**
 * A control attribute as a URL: absolute as it is, `*` and none as the base, else below the base, whose query it
 * keeps unless it brings its own (as Axis devices write it).
 */
function resolveControl(control: string | undefined, base: string): string {
  if (control === undefined || control === '' || control === '*') return base;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(control)) return control;
  const [, path = '', query = ''] = /^([^?]*)(.*)$/.exec(base) ?? [];
  if (control.startsWith('?')) return path + control;
  const root = control.startsWith('/')
    ? path.replace(/^([^/]*\/\/[^/]*).*$/, '$1')
    : path.replace(/\/?$/, '/');
  return root + control + (control.includes('?') ? '' : query);
}
