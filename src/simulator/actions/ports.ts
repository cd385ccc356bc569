// The outputs of a simulated device: both APIs that set them, and the events that follow (PROTOCOLS 7.2, 8, 9).

import type { Core } from '../core.ts';
import { createEmitter } from '../emitter.ts';
import type { JsonApi } from '../http/json-api.ts';
import { later, note } from './state.ts';

type Step = { active: boolean; ms: number };

/** What the newer API can besides telling of its ports. */
export function portActions(core: Core): JsonApi['methods'] {
  const wanted = (port: unknown) => core.counted.ports[Number(port)];
  const isActive = (port: unknown, state: unknown) =>
    (state === 'closed') !== (wanted(port)?.normallyClosed ?? false);
  return {
    setPorts({ ports }) {
      const all = Array.isArray(ports) ? ports : [];
      const fine = all.every(({ port }) => wanted(port)?.direction === 'output');
      if (all.length === 0 || !fine) return undefined;
      for (const { port, state } of all) set(core, Number(port), isActive(port, state), 'ports');
      return {};
    },
    setStateSequence({ port, sequence }) {
      if (wanted(port)?.direction !== 'output' || !Array.isArray(sequence)) return undefined;
      const steps = sequence.map(({ state, time }) => ({ active: isActive(port, state), ms: Number(time) }));
      play(core, Number(port), steps, 'ports');
      return {};
    },
  };
}

/** `action=3:/500\` of the older API: empty where it is done; ports count from 1. */
export function actOnPorts(core: Core, action: string): string {
  const [, number, moves = ''] = /^(\d+):((?:[/\\]\d*)+)$/.exec(action) ?? [];
  const index = Number(number) - 1;
  if (core.counted.ports[index]?.direction !== 'output') return '# Error: Invalid port or action\n';
  const steps = [...moves.matchAll(/([/\\])(\d*)/g)].map(([, edge, ms]) => ({
    active: edge === '/',
    ms: Number(ms),
  }));
  play(core, index, steps, 'old-ports');
  return '';
}

/** Each step at its time, one after the other. */
function play(core: Core, index: number, [step, ...rest]: readonly Step[], api: string): void {
  if (step === undefined) return;
  set(core, index, step.active, api);
  if (rest.length > 0) {
    later(core.equipment, core.settings.clock, step.ms, () => play(core, index, rest, api));
  }
}

function set(core: Core, index: number, active: boolean, api: string): void {
  const port = core.counted.ports[index];
  if (port === undefined) return;
  note(core.equipment, api, `port ${index + 1} ${active ? 'active' : 'inactive'}`);
  const closed = active !== port.normallyClosed;
  if (port.closed === closed) return;
  port.closed = closed;
  const { emit } = createEmitter(core);
  emit('tns1:Device/tnsaxis:IO/Port', { source: { port: index + 1 }, data: { state: active } });
  const outputs = core.counted.ports.slice(0, index + 1).filter(({ direction }) => direction === 'output');
  emit('tns1:Device/Trigger/Relay', {
    source: { RelayToken: `AxisRelay${outputs.length}` },
    data: { LogicalState: active ? 'active' : 'inactive' },
  });
}
