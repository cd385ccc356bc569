// Messages as a subscriber sees them: when, where, and the payload, long ones cut.
import type { Inbound } from '../mqtt/types.ts';
import type { Terminal } from './command.ts';
import { cut } from './events/event-line.ts';
import { createStyle } from './style.ts';

const WIDTH = 400;

/** Makes the printer of one subscriber. */
export function createPrinter(terminal: Terminal): (message: Inbound) => void {
  const style = createStyle(terminal.color);
  return ({ topic, payload, retain }) => {
    const time = new Date().toISOString().slice(11, 23);
    const mark = retain ? ' (retained)' : '';
    const text = payload.length === 0 ? '(empty: the retained message is cleared)' : payload.toString();
    terminal.out(
      `${style('dim', time)} ${style('bold', topic)}${style('dim', mark)}\n  ${cut(text, WIDTH)}\n`,
    );
  };
}
