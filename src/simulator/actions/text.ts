// What a simulated device does by GET requests: recordings, virtual inputs, clips, presets (PROTOCOLS 8).

import type { Core } from '../core.ts';
import { createEmitter } from '../emitter.ts';
import type { ApiName } from '../options.ts';
import { escapeXml } from '../xml.ts';
import { note } from './state.ts';

interface ActionApi {
  api: ApiName;
  type: string;
  /** The body of its answer, which has status 200; undefined for status 400. */
  body(core: Core, query: URLSearchParams): string | undefined;
}

export const ACTION_APIS: Readonly<Record<string, ActionApi>> = {
  '/axis-cgi/record/record.cgi': { api: 'record', type: 'text/xml', body: record },
  '/axis-cgi/record/stop.cgi': { api: 'record', type: 'text/xml', body: stop },
  '/axis-cgi/virtualinput/activate.cgi': {
    api: 'virtual-input',
    type: 'text/xml',
    body: (core, query) => virtualInput(core, query, true),
  },
  '/axis-cgi/virtualinput/deactivate.cgi': {
    api: 'virtual-input',
    type: 'text/xml',
    body: (core, query) => virtualInput(core, query, false),
  },
  '/axis-cgi/io/virtualinput.cgi': { api: 'old-virtual-input', type: 'text/plain', body: oldVirtualInput },
  '/axis-cgi/mediaclip.cgi': { api: 'clips', type: 'text/plain', body: playClip },
  '/axis-cgi/playclip.cgi': { api: 'old-clips', type: 'text/plain', body: playClip },
  '/axis-cgi/com/ptz.cgi': { api: 'ptz', type: 'text/plain', body: goToPreset },
};

const INPUTS = 64;

function record(core: Core, query: URLSearchParams): string {
  const { equipment, settings } = core;
  const disk = query.get('diskid') ?? '';
  if (!equipment.disks.includes(disk)) return recordXml('record', '', 'ERROR');
  equipment.recorded += 1;
  const number = String(equipment.recorded).padStart(4, '0');
  const stamp = new Date(core.now()).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '_');
  const id = `${stamp}_${number}_${settings.serial}`;
  equipment.recordings.add(id);
  note(equipment, 'record', `record ${disk}`);
  sayRecording(core);
  return recordXml('record', id, 'OK');
}

function stop(core: Core, query: URLSearchParams): string {
  const id = query.get('recordingid') ?? '';
  if (!core.equipment.recordings.delete(id)) return recordXml('stop', id, 'ERROR');
  note(core.equipment, 'record', `stop ${id}`);
  sayRecording(core);
  return recordXml('stop', id, 'OK');
}

function recordXml(name: string, id: string, result: string): string {
  const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
  return `<?xml version="1.0" encoding="utf-8"?>\n<root ${xsi}>\n  <${name} recordingid="${escapeXml(id)}" result="${result}"/>\n</root>\n`;
}

/** Whether anything is recorded: a property without a source. */
function sayRecording(core: Core): void {
  const data = { recording: core.equipment.recordings.size > 0 };
  createEmitter(core).emit('tnsaxis:Storage/Recording', { data }, { operation: 'changed' });
}

function virtualInput(core: Core, query: URLSearchParams, active: boolean): string {
  const port = Number(query.get('port'));
  const known = query.get('schemaversion') === '1' && isInput(port);
  const name = active ? 'ActivateSuccess' : 'DeactivateSuccess';
  const result = known
    ? `<Success><${name}><StateChanged>${setInput(core, port, active, 'virtual-input')}</StateChanged></${name}></Success>`
    : '<Error><GeneralError><ErrorCode>20</ErrorCode><ErrorDescription>Invalid parameter</ErrorDescription></GeneralError></Error>';
  const xmlns = 'xmlns="http://www.axis.com/vapix/http_cgi/virtualinput1"';
  return `<?xml version="1.0"?>\n<VirtualInputResponse ${xmlns} SchemaVersion="1.1">${result}</VirtualInputResponse>\n`;
}

function oldVirtualInput(core: Core, query: URLSearchParams): string {
  const [, number, edge] = /^(\d+):([/\\])$/.exec(query.get('action') ?? '') ?? [];
  const port = Number(number);
  if (!isInput(port)) return '# Error: Invalid action\n';
  setInput(core, port, edge === '/', 'old-virtual-input');
  return 'OK\n';
}

function isInput(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= INPUTS;
}

/** Whether that changes its state. */
function setInput(core: Core, port: number, active: boolean, api: string): boolean {
  const { virtualInputs } = core.equipment;
  note(core.equipment, api, `input ${port} ${active ? 'active' : 'inactive'}`);
  if (virtualInputs.has(port) === active) return false;
  if (active) virtualInputs.add(port);
  else virtualInputs.delete(port);
  createEmitter(core).emit('tns1:Device/tnsaxis:IO/VirtualInput', { source: { port }, data: { active } });
  return true;
}

function playClip({ equipment }: Core, query: URLSearchParams): string | undefined {
  const clip = Number(query.get('clip'));
  if (!query.has('clip') || equipment.clips[clip] === undefined) return undefined;
  const how = ['volume', 'repeat'].flatMap(name => (query.has(name) ? ` ${name} ${query.get(name)}` : []));
  note(equipment, 'clips', `play ${clip}${how.join('')}`);
  return `OK\nplaying=${clip}\n`;
}

function goToPreset({ equipment }: Core, query: URLSearchParams): string {
  const number = query.get('gotoserverpresetno');
  const name = query.get('gotoserverpresetname') ?? equipment.presets.get(Number(number)) ?? '';
  if (![...equipment.presets.values()].includes(name)) return 'Error:\r\nNo such preset position\r\n';
  const camera = query.get('camera');
  note(equipment, 'ptz', `preset ${name}${camera === null ? '' : ` camera ${camera}`}`);
  return '';
}
