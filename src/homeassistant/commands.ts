// What may be asked of a device as buttons, sirens and switches; nothing that they send is kept by the broker.
import { nameOf } from './names.ts';
import { valueAt } from './template.ts';
import type { CommandEntity, ShownCommands, Subject } from './types.ts';

/** The entities of the allowed commands; `subjects`: the states by which a switch may tell its own. */
export function commandEntitiesOf(commands: ShownCommands, subjects: readonly Subject[]): CommandEntity[] {
  const { allowed } = commands;
  const plain = BUTTONS.filter(({ action }) => allowed.includes(action)).map(made => button(commands, made));
  const starts = STARTS.filter(({ action }) => allowed.includes(action)).flatMap(made =>
    allowed.includes('siren-stop') && made.action === 'siren'
      ? siren(commands)
      : profileButtons(commands, made),
  );
  return [...plain, ...starts, ...(allowed.includes('output') ? switches(commands, subjects) : [])];
}

interface Button {
  action: string;
  name: string;
  icon: string;
  /** What it is asked with, and called by. */
  profile?: string;
}

/** Those that need no parameter. */
const BUTTONS: readonly Button[] = [
  { action: 'record', name: 'Record', icon: 'mdi:record-rec' },
  { action: 'siren-stop', name: 'Stop siren and light', icon: 'mdi:alarm-light-off' },
  { action: 'light-profile-stop', name: 'Stop light', icon: 'mdi:alarm-light-off' },
];

/** Those that need the name of a profile. */
const STARTS: readonly Button[] = [
  { action: 'siren', name: 'Siren', icon: 'mdi:alarm-light' },
  { action: 'light-profile', name: 'Light profile', icon: 'mdi:alarm-light' },
];

function button({ topic }: ShownCommands, { action, name, icon, profile }: Button): CommandEntity {
  return {
    platform: 'button',
    identity: ['command', action, profile ?? null],
    name: nameOf(name, profile === undefined ? [] : [{ name: 'profile', value: profile }]),
    icon,
    sends: { command_topic: `${topic}/${action}`, payload_press: JSON.stringify({ profile }) },
  };
}

/** A siren of Home Assistant can always be turned off: where that is not allowed, each profile is a button. */
function profileButtons(commands: ShownCommands, start: Button): CommandEntity[] {
  return commands.profiles.map(profile => button(commands, { ...start, profile }));
}

/** How long a profile runs the device does not tell: so the state is one that Home Assistant knows to be assumed. */
function siren({ topic, profiles }: ShownCommands): CommandEntity[] {
  const [first] = profiles;
  if (first === undefined) return [];
  const sends = {
    command_topic: `${topic}/siren`,
    // `value` is this: a name that a device chose must not stand in a template, which is code.
    payload_on: first,
    command_template: "{{ {'profile': tone | default(value)} | to_json }}",
    command_off_template: '{"state":"off"}',
    available_tones: profiles,
    support_duration: false,
    support_volume_set: false,
    optimistic: true,
  };
  return [
    { platform: 'siren', identity: ['command', 'siren'], name: 'Siren', icon: 'mdi:alarm-light', sends },
  ];
}

function switches({ topic, ports }: ShownCommands, subjects: readonly Subject[]): CommandEntity[] {
  const stateOf = portStates(subjects, ports.count);
  return ports.outputs.map(port => ({
    platform: 'switch',
    identity: ['command', 'output', port],
    name: `Output ${port}`,
    icon: 'mdi:electric-switch',
    sends: {
      command_topic: `${topic}/output`,
      payload_on: JSON.stringify({ port, state: 'on' }),
      payload_off: JSON.stringify({ port, state: 'off' }),
      ...stateOf(port),
    },
  }));
}

const PORT = 'tns1:Device/tnsaxis:IO/Port';

/**
 * How to read the state of a port off its events. Whether these count from 0 or from 1 is not confirmed (PROTOCOLS 7.2,
 * 9): it is known where the first port of the one, or the last of the other, has been said. Otherwise it is assumed.
 */
function portStates(subjects: readonly Subject[], count: number) {
  const topics = new Map(
    subjects
      .filter(({ topic }) => topic === PORT)
      .map(({ source, mqttTopic }) => [portOf(source), mqttTopic]),
  );
  const [fromZero, fromOne] = [topics.has('0'), topics.has(String(count))];
  return (port: number): Readonly<Record<string, unknown>> => {
    const state_topic = fromZero === fromOne ? undefined : topics.get(String(fromZero ? port - 1 : port));
    if (state_topic === undefined) return { optimistic: true };
    return { state_topic, value_template: valueAt(['active']), state_on: 'True', state_off: 'False' };
  };
}

function portOf(source: Subject['source']): string {
  return String(source.find(({ name }) => name === 'port')?.value);
}
