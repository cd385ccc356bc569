// Messages as a person reads them: when, where, and the payload, long ones cut.
import type { Terminal } from './command.ts';

export interface Shown {
  topic: string;
  payload: string;
  retain: boolean;
}

const BOLD = '\u001b[1m';
const DIM = '\u001b[2m';
const PLAIN = '\u001b[0m';
const WIDTH = 400;

/** Makes the printer of one subscriber. */
export function createPrinter(terminal: Terminal): (message: Shown) => void {
  const style = (code: string, text: string) => (terminal.color ? `${code}${text}${PLAIN}` : text);
  return ({ topic, payload, retain }) => {
    const time = new Date().toISOString().slice(11, 23);
    const mark = retain ? ' (retained)' : '';
    terminal.out(`${style(DIM, time)} ${style(BOLD, topic)}${style(DIM, mark)}\n  ${cut(payload)}\n`);
  };
}

function cut(payload: string): string {
  if (payload === '') return '(empty: the retained message is cleared)';
  return payload.length <= WIDTH ? payload : `${payload.slice(0, WIDTH)}… (${payload.length} characters)`;
}
