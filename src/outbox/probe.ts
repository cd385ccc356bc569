// A child process that opens a store and reads every row: a damaged file kills it (SIGBUS) and not the bridge.
import { NOT_ALLOWED } from './recover.ts';
import { openStore } from './store.ts';

try {
  const store = await openStore(process.argv[2] ?? '');
  for (const _ of store.everything()) if (process.argv[3] !== 'all') break;
  await store.close();
} catch (error) {
  // Of the system's errors the code is above zero, of those of a damaged file below.
  const isOfSystem = error instanceof Error && 'code' in error && Number(error.code) > 0;
  if (isOfSystem) process.send?.(error.message);
  process.exitCode = isOfSystem ? NOT_ALLOWED : 1;
}
