// A child process that opens a store and reads every row: a damaged file kills it (SIGBUS) and not the bridge.
import { openStore } from './store.ts';

const store = openStore(process.argv[2] ?? '');
for (const _ of store.everything()) if (process.argv[3] !== 'all') break;
await store.close();
