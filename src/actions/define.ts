// Makes an action of its rules and its work: what fails the rules never becomes a request.
import { fail, isBridgeError } from '../util/errors.ts';
import type { Action, ActionContext, Answer, Parameters } from './action.ts';
import { type Rules, readParameters, type Values } from './parameters.ts';

interface Definition<R extends Rules> {
  rules: R;
  /** For the error of a device that does not know the path: what it does not have. */
  lacking: string;
  /** Complaints about parameters that do not go together. */
  clash?(values: Values<R>): string | undefined;
  run(values: Values<R>, context: ActionContext): Promise<Answer>;
}

export function define<R extends Rules>({ rules, lacking, clash, run }: Definition<R>): Action {
  function read(given: Parameters) {
    const verdict = readParameters(rules, given);
    const complaint = verdict.ok ? clash?.(verdict.values) : undefined;
    return complaint === undefined ? verdict : { ok: false as const, complaints: [complaint] };
  }
  return {
    check(given) {
      const verdict = read(given);
      return verdict.ok ? { ok: true, parameters: { ...given } } : verdict;
    },
    async run(given, context) {
      const verdict = read(given);
      if (!verdict.ok) throw fail('INTERNAL', `unchecked parameters: ${verdict.complaints.join('; ')}`);
      try {
        return await run(verdict.values, context);
      } catch (error) {
        if (!isBridgeError(error) || error.code !== 'NOT_FOUND') throw error;
        throw fail('NOT_FOUND', `the device has no ${lacking} (${error.message})`);
      }
    },
  };
}
