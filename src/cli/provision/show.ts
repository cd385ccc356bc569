// A plan as a person or a program reads it.
import type { Terminal } from '../command.ts';
import type { Plan } from './plan.ts';

export interface Result {
  device: string;
  plan: Plan;
  /** Where what was there is kept, once it was changed. */
  saved?: string;
}

export function showJson(terminal: Terminal, { device, plan, saved }: Result): void {
  const { changes, added, kept, activate, warnings } = plan;
  const result = { device, applied: saved !== undefined, saved, activate, changes, added, kept, warnings };
  terminal.out(`${JSON.stringify(result, null, 2)}\n`);
}

export function showText(terminal: Terminal, { device, plan, saved }: Result): void {
  const { changes, added, kept, activate, warnings } = plan;
  const list = (mark: string, filters: Plan['added']) =>
    filters.map(
      ({ topicFilter, qos = 0, retain = 'none' }) => `${mark} ${topicFilter}  qos ${qos}, retain ${retain}`,
    );
  const lines = [
    ...changes.map(({ what, from, to }) => `~ ${what}: ${from || 'none'} → ${to}`),
    ...(activate ? ['~ the client connects anew'] : []),
    ...list(' ', kept),
    ...list('+', added),
    ...warnings.map(warning => `! ${warning}`),
    ...(changes.length + added.length === 0 && !activate ? ['  nothing has to change'] : []),
    ...(saved === undefined ? [] : [`done; what was there before: ${saved}`]),
  ];
  terminal.out(`${device}\n${lines.map(line => `  ${line}\n`).join('')}`);
}
