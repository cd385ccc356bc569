// The parameters of param.cgi: text lines, and errors as text with status 200 (PROTOCOLS 7).
import { note } from '../actions/state.ts';
import type { Core } from '../core.ts';

/** Answers `action=update` of the overlay's text, the one parameter that can be set, and what `action=list` asks. */
export function answerParameters(core: Core, query: URLSearchParams): string {
  const text = query.get('Image.I0.Text.String');
  if (query.get('action') !== 'update') return listParameters(core, query);
  if (text === null) return '# Error: Error setting the parameters\n';
  core.equipment.overlays.splice(0, 1, { identity: 1, camera: 1, text });
  note(core.equipment, 'param', 'overlay text');
  return 'OK\n';
}

/** Answers `action=list`; `group` names one or several groups, with or without `root.`. */
function listParameters(core: Core, query: URLSearchParams): string {
  if (query.get('action') !== 'list') return '# Error: Unknown action\n';
  const parameters = Object.entries(values(core));
  const groups = (query.get('group') ?? '').split(',').map(name => name.trim().replace(/^root\.?/i, ''));
  return groups.map(group => listGroup(parameters, group)).join('');
}

function listGroup(parameters: [string, string][], group: string): string {
  const wanted = group.replace(/\.?\*$/, '').toLowerCase();
  const found = parameters.filter(([name]) => {
    const lower = name.toLowerCase();
    return wanted === '' || lower === wanted || lower.startsWith(`${wanted}.`);
  });
  if (found.length === 0) return `# Error: Error -1 getting param in group '${group}'\n`;
  return found.map(([name, value]) => `root.${name}=${value}\n`).join('');
}

function values({ settings, counted, ports }: Core): Record<string, string> {
  const { serial, model, firmware } = settings;
  const portsOf = (wanted: string) => counted.ports.filter(({ direction }) => direction === wanted).length;
  return {
    'Brand.Brand': 'AXIS',
    'Brand.ProdFullName': `AXIS ${model} Network Camera`,
    'Brand.ProdNbr': model,
    'Brand.ProdShortName': `AXIS ${model}`,
    'Brand.ProdType': 'Network Camera',
    'Brand.ProdVariant': '',
    'Brand.WebURL': 'http://www.axis.com',
    'Input.NbrOfInputs': String(portsOf('input')),
    'Network.HTTP.AuthenticationPolicy': 'Recommended',
    'Network.RTSP.Enabled': 'yes',
    'Network.RTSP.Port': String(ports.rtspPort),
    'Network.RTSPS.Enabled': settings.tls ? 'yes' : 'no',
    ...(ports.rtspsPort === undefined ? {} : { 'Network.RTSPS.Port': String(ports.rtspsPort) }),
    ...(ports.httpsPort === undefined ? {} : { 'HTTPS.Port': String(ports.httpsPort) }),
    'Network.eth0.MACAddress': serial.replace(/..(?!$)/g, '$&:'),
    'Output.NbrOfOutputs': String(portsOf('output')),
    'Properties.API.HTTP.Version': '3',
    'Properties.API.Metadata.Metadata': 'yes',
    'Properties.API.Metadata.Version': '1.00',
    'Properties.API.RTSP.Version': '2.01',
    'Properties.Firmware.BuildDate': 'Feb 23 2024 22:15',
    'Properties.Firmware.Version': firmware,
    'Properties.System.Architecture': 'aarch64',
    'System.BoaPort': String(ports.httpPort),
    'Properties.System.SerialNumber': serial,
    'Properties.System.Soc': 'Axis Artpec-8',
  };
}
