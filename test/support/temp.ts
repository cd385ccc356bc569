// A directory of its own for a test, gone when the test ends.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export async function tempDir(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'axis2mqtt-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
