// axis2mqtt discover: the Axis devices of this network, as a table and as the `cameras` of a configuration.
import { discover as discoverDevices } from '../discovery/discover.ts';
import type { FoundDevice } from '../discovery/merge.ts';
import { parseRange } from '../discovery/range.ts';
import { systemClock } from '../util/clock.ts';
import { type Command, onSignals, type Terminal } from './command.ts';
import { numberOf } from './number-option.ts';
import { columns, printable } from './printable.ts';

export const discover: Command = {
  name: 'discover',
  summary:
    'Finds Axis devices (mDNS, WS-Discovery, and a range of addresses) and writes their configuration.',
  options: {
    range: {
      type: 'string',
      placeholder: 'RANGE',
      describe: 'looks at each address too: 192.0.2.0/24 or 192.0.2.10-192.0.2.20; at most 4096',
    },
    port: {
      type: 'string',
      placeholder: 'PORT',
      default: '80',
      describe: 'of HTTP at these addresses; default 80, and 443 where nothing listens there',
    },
    seconds: {
      type: 'string',
      placeholder: 'N',
      default: '5',
      describe: 'how long devices may take to answer, 0 to 600; default 5',
    },
    json: { type: 'boolean', default: false, describe: 'the devices as JSON' },
  },
  async run({ terminal, values }) {
    const ms = 1000 * numberOf(values, 'seconds', [0, 600]);
    const port = numberOf(values, 'port', [1, 65_535]);
    const addresses = typeof values['range'] === 'string' ? parseRange(values['range']) : [];
    const { stop: signal, release } = onSignals();
    const trouble = (text: string) => terminal.err(`${printable(text)}\n`);
    try {
      const devices = await discoverDevices({ ms, addresses, port, clock: systemClock, signal, trouble });
      if (values['json'] === true) terminal.out(`${JSON.stringify(devices, null, 2)}\n`);
      else show(devices, terminal);
      return 0;
    } finally {
      release();
    }
  },
};

function show(devices: readonly FoundDevice[], { out, err }: Terminal): void {
  if (devices.length === 0) {
    err('No Axis device was found. Name a --range where devices do not answer to mDNS or WS-Discovery.\n');
    return;
  }
  err(`${devicesTable(devices)}\n`);
  // Alone, so that it can go into a file.
  out(camerasYaml(devices));
}

function devicesTable(devices: readonly FoundDevice[]): string {
  const head = ['address', 'serial', 'model', 'firmware', 'name', 'found by'];
  const rows = devices.map(({ addresses, serial, model, firmware, name, via }) =>
    [addresses.join(' '), serial ?? '', model, firmware, name, via.join(' ')].map(
      cell => printable(cell) || '-',
    ),
  );
  return columns([head, ...rows]);
}

/** As YAML for a configuration; the ID of each is its serial number until it is given one. */
export function camerasYaml(devices: readonly FoundDevice[]): string {
  const [open, close] = ['${', '}'];
  return [
    'defaults:',
    '  username: bridge',
    `  password: ${open}AXIS_PASSWORD${close}`,
    'cameras:',
    ...devices.flatMap(cameraLines),
    '',
  ].join('\n');
}

function cameraLines(device: FoundDevice): string[] {
  const { addresses, serial, port, https, fingerprint, name, model } = device;
  const title = printable(name || model);
  return [
    `  - host: ${addresses[0]}${title === '' ? '' : `  # ${title}`}`,
    ...(port === (https ? 443 : 80) ? [] : [`    port: ${port}`]),
    ...(https ? ['    https: true'] : []),
    // As seen now: whoever writes the configuration compares it with what the device's own page says.
    ...(fingerprint === undefined ? [] : [`    tls: {fingerprint: "${fingerprint}"}`]),
    ...(serial === undefined ? [] : [`    serial: ${JSON.stringify(serial)}`]),
  ];
}
