// axis2mqtt check: is the configuration right, and does what it names answer?

import { formatProblems } from '../../config/problem.ts';
import { createLog } from '../../util/log.ts';
import { CONFIG_OPTION, type Command, hiding, type Terminal } from '../command.ts';
import { loadFor } from '../configuration.ts';
import type { Finding } from './finding.ts';
import { probeBroker } from './probe-broker.ts';
import { probeCamera } from './probe-camera.ts';

export const check: Command = {
  name: 'check',
  summary: 'Validates the configuration, then tries each camera and each broker.',
  options: {
    ...CONFIG_OPTION,
    offline: { type: 'boolean', default: false, describe: 'validates alone' },
    json: { type: 'boolean', default: false, describe: 'the result as JSON' },
  },
  async run(invocation) {
    const { terminal, values, hidden } = invocation;
    const { config, file, warnings } = await loadFor(invocation);
    if (warnings.length > 0) terminal.err(`${formatProblems(warnings)}\n`);
    const log = createLog({ level: 'silent' });
    const probes = [
      ...config.brokers.map(broker => () => probeBroker(broker, config.bridge)),
      ...config.cameras.map(camera => () => probeCamera(camera, log)),
    ];
    const findings = values['offline'] === true ? [] : withTwins(await runAll(probes));
    if (values['json'] === true) showJson(terminal, file, hidden.deep(findings));
    else showTable(hiding(invocation), file, findings);
    return findings.some(({ failed }) => failed !== undefined) ? 1 : 0;
  },
};

/** So many at once: a fleet is checked in time, and no device is asked twice. */
const AT_ONCE = 16;

async function runAll(probes: readonly (() => Promise<Finding>)[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  const waiting = probes.entries();
  const worker = async () => {
    for (const [index, probe] of waiting) findings[index] = await probe();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return findings;
}

/** Cameras that tell one serial number warn of each other. */
function withTwins(findings: readonly Finding[]): Finding[] {
  return findings.map(finding => {
    const { serial } = finding.facts;
    const others = findings.filter(other => other !== finding && other.facts['serial'] === serial);
    if (serial === undefined || others.length === 0) return finding;
    const names = others.map(({ name }) => name).join(', ');
    return {
      ...finding,
      warnings: [...finding.warnings, `SAME_SERIAL: ${names} has this serial number too`],
    };
  });
}

function showJson(terminal: Terminal, file: string, findings: unknown): void {
  terminal.out(`${JSON.stringify({ file, valid: true, findings }, null, 2)}\n`);
}

function showTable(terminal: Terminal, file: string, findings: readonly Finding[]): void {
  terminal.out(`${file}: valid\n`);
  const names = findings.map(({ kind, name }) => `${kind} ${name}`);
  const width = Math.max(0, ...names.map(name => name.length));
  for (const [index, finding] of findings.entries()) {
    const { facts, failed, warnings, address } = finding;
    const said = Object.entries(facts).filter(([, value]) => value !== undefined && value !== '');
    const text = said.map(([name, value]) => `${name}: ${value}`).join(', ');
    terminal.out(
      `${failed ? 'FAILED' : 'ok    '} ${(names[index] ?? '').padEnd(width)}  ${address}  ${text}\n`,
    );
    if (failed) terminal.out(`       ${failed.code}: ${failed.message}; ${failed.hint}\n`);
    for (const warning of warnings) terminal.out(`       warning: ${warning}\n`);
  }
}
