// The bridge's HTTP server, at the address where it is wanted just now.
import { isSame } from '../config/same.ts';
import type { Config } from '../config/types.ts';
import { type HttpOptions, serveHttp } from '../ops/http.ts';

type Address = Config['http'];

export interface Pages {
  /** Serves them there, or nowhere. Throws CONFIG where it cannot, and goes on as before. */
  move(next: Address): Promise<void>;
}

export function createPages(pages: HttpOptions['pages']): Pages {
  let address: Address = false;
  let server: { close(): Promise<void> } | undefined;
  const open = async (next: Address) => {
    server = next === false ? undefined : await serveHttp({ ...next, pages });
    address = next;
  };
  return {
    async move(next) {
      if (isSame(next, address)) return;
      const before = address;
      await server?.close();
      await open(false);
      await open(next).catch(async (error: unknown) => {
        await open(before);
        throw error;
      });
    },
  };
}
