// Every device action by the name that commands and triggers give it (PROTOCOLS 8).
import { switchLight } from '../vapix/light.ts';
import { playClip } from '../vapix/media-clip.ts';
import { setOverlayText } from '../vapix/overlay.ts';
import { pulsePort, setPort } from '../vapix/ports.ts';
import { goToPreset } from '../vapix/ptz.ts';
import { stopRecording } from '../vapix/record.ts';
import { startProfile, stopProfile } from '../vapix/siren.ts';
import type { Action, ActionContext } from './action.ts';
import { define } from './define.ts';
import { record, virtualInput } from './lasting.ts';
import { duration, either, integer, optional, orElse, text, word } from './parameters.ts';

const SIREN = 'siren or light of its own';
const RECORDING =
  'record.cgi: no storage, or AXIS OS 13 or later, where recordings are started by its own rules';
const PORTS = 'ports that can be set';

const active = word({ active: true, on: true, inactive: false, off: false });
const channel = integer(1, 64);

export const ACTIONS: Readonly<Record<string, Action>> = {
  siren: start(),
  'siren-stop': stop(['siren', 'light']),
  'light-profile': start(),
  'light-profile-stop': stop(['light']),
  record: define({
    rules: { diskId: orElse(text(), 'SD_DISK'), for: optional(duration('1s', '1d')) },
    lacking: RECORDING,
    run: record,
  }),
  'record-stop': define({
    rules: { recordingId: text() },
    lacking: RECORDING,
    run: ({ recordingId }, { client, signal }) => done(stopRecording(client, recordingId, { signal })),
  }),
  output: define({
    rules: { port: integer(1, 64), state: active },
    lacking: PORTS,
    run: ({ port, state }, { client, signal }) => done(setPort(client, { port, active: state }, { signal })),
  }),
  'output-pulse': define({
    rules: { port: integer(1, 64), for: duration('10ms', '1m') },
    lacking: PORTS,
    run: ({ port, for: ms }, { client, signal }) => done(pulsePort(client, { port, ms }, { signal })),
  }),
  'virtual-input': define({
    rules: { port: integer(1, 64), state: active, for: optional(duration('100ms', '1d')) },
    lacking: 'virtual inputs',
    clash: values => onlyWhere(values.state, 'for', values.for),
    run: ({ state, ...rest }, context) => virtualInput({ active: state, ...rest }, context),
  }),
  'audio-clip': define({
    rules: { clip: integer(0, 999), volume: optional(integer(0, 100)), repeat: optional(integer(0, 100)) },
    lacking: 'audio clips, or none whose volume and repeats can be set',
    run: (clip, { client, signal }) => playClip(client, clip, { signal }),
  }),
  'ptz-preset': define({
    rules: { preset: either(integer(1, 999), text()), channel: optional(channel) },
    lacking: 'pan, tilt and zoom',
    run: (preset, { client, signal }) => done(goToPreset(client, preset, { signal })),
  }),
  light: define({
    rules: { light: text(), state: active, intensity: optional(integer(0, 10_000)) },
    lacking: 'light of its own',
    clash: values => onlyWhere(values.state, 'intensity', values.intensity),
    run: ({ state, ...rest }, { client, signal }) => switchLight(client, { on: state, ...rest }, { signal }),
  }),
  'overlay-text': define({
    rules: { text: text({ min: 0, lines: true }), camera: orElse(channel, 1) },
    lacking: 'text overlay',
    run: (overlay, { client, signal }) => setOverlayText(client, overlay, { signal }),
  }),
};

function start(): Action {
  return define({
    rules: { profile: text() },
    lacking: SIREN,
    run: ({ profile }, { client, signal }: ActionContext) => startProfile(client, profile, { signal }),
  });
}

function stop(all: readonly ('siren' | 'light')[]): Action {
  return define({
    rules: { profile: optional(text()) },
    lacking: SIREN,
    run: ({ profile }, { client, signal }: ActionContext) =>
      stopProfile(client, profile === undefined ? { all } : { profile }, { signal }),
  });
}

function onlyWhere(isActive: boolean, name: string, value: unknown): string | undefined {
  return isActive || value === undefined ? undefined : `${name} goes only with state active or on`;
}

/** For what answers with nothing but that it is done. */
async function done(work: Promise<void>): Promise<Record<string, never>> {
  await work;
  return {};
}
