// A store that was torn, truncated or overwritten is set aside; the bridge starts with a new one.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { recoverStore } from '../../../src/outbox/recover.ts';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/temp.ts';
import { append, LIMITS, openOutbox } from './helpers.ts';

async function filled(directory: string): Promise<string> {
  const outbox = await openOutbox(directory);
  outbox.queue('main', LIMITS);
  for (let i = 0; i < 50; i++) await append(outbox, 'a', { payload: 'x'.repeat(2000) });
  await outbox.close();
  // As after a crash: the owner of the lock is gone.
  await writeFile(join(directory, 'lock'), '999999999');
  return join(directory, 'queue', 'data.mdb');
}

const DAMAGES: Record<string, (file: string) => Promise<void>> = {
  'a truncated store': file => truncate(file, 20_000),
  'an empty store': file => truncate(file, 100),
  'a store of another kind': file => writeFile(file, 'not a database at all'.repeat(1000)),
  'an overwritten store': async file => {
    const handle = await open(file, 'r+');
    const { size } = await handle.stat();
    await handle.write(Buffer.alloc(size - 8192, 0xa5), 0, size - 8192, 8192);
    await handle.close();
  },
};

for (const [name, damage] of Object.entries(DAMAGES)) {
  test(`${name} is set aside and a new one takes its place`, async t => {
    const directory = await tempDir(t);
    await damage(await filled(directory));
    const { store, setAside } = await recoverStore(directory, Date.now());
    assert.ok(setAside !== undefined && existsSync(setAside), 'it was moved, not deleted');
    await store.commit([{ table: 'notes', key: 'k', value: 'v' }]);
    assert.equal(store.note('k'), 'v');
    await store.close();
  });
}

test('a sound store is kept after a crash', async t => {
  const directory = await tempDir(t);
  await filled(directory);
  const { store, setAside } = await recoverStore(directory, Date.now());
  assert.equal(setAside, undefined);
  assert.equal([...store.batches('main', 0)].length, 50);
  await store.close();
});

test('a store that the system does not let it open is left as it is, and the error says why', async t => {
  const directory = await tempDir(t);
  const file = await filled(directory);
  await rename(file, `${file}.mine`);
  await mkdir(file);
  await assert.rejects(recoverStore(directory, Date.now()), /queue: /);
  assert.deepEqual((await readdir(directory)).sort(), ['lock', 'queue']);
});

test('a store whose lock another process has taken writes no more', async t => {
  const directory = await tempDir(t);
  const { store } = await recoverStore(directory, Date.now());
  await writeFile(join(directory, 'lock'), 'another');
  await eventually('it notices', async () => {
    const refused = await store.commit([]).catch(String);
    return typeof refused === 'string' && /another process has taken it/.test(refused);
  });
  await store.close();
  assert.equal(await readFile(join(directory, 'lock'), 'utf8'), 'another');
});

test('a store that cannot be opened after a crash is read whole the next time', async t => {
  const directory = await tempDir(t);
  const file = await filled(directory);
  await rename(file, `${file}.mine`);
  await mkdir(file);
  await assert.rejects(recoverStore(directory, Date.now()), /queue: /);
  assert.equal(await readFile(join(directory, 'lock'), 'utf8'), '999999999');
});

test('a working directory that is gone is an error, and no start without end', async t => {
  const module = import.meta.resolve('../../../src/outbox/recover.ts');
  const script = `
    import { rmdirSync } from 'node:fs';
    const { recoverStore } = await import('${module}');
    rmdirSync(process.cwd());
    await recoverStore('data/a', 0).catch(error => console.log(error.message));`;
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', script];
  const { stdout } = spawnSync(process.execPath, args, { cwd: await tempDir(t), timeout: 30_000 });
  assert.match(String(stdout), /^no store can be opened in \//);
});
