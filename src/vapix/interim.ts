// Interim answers (1xx) to an HTTP request: a device sends one, if any (RFC 9110 §15.2).
import type { ClientRequest } from 'node:http';
import { fail } from '../util/errors.ts';

const MAX_INTERIM = 10;

/** Ends a request with PROTOCOL at the eleventh; `who` names it in the error. */
export function boundInterim(request: ClientRequest, who: string): void {
  let interim = 0;
  request.on('information', () => {
    interim += 1;
    // Thousands may be in one read: it ends once.
    if (interim === MAX_INTERIM + 1)
      request.destroy(fail('PROTOCOL', `${who}: more than ${MAX_INTERIM} interim answers, and no other`));
  });
}
