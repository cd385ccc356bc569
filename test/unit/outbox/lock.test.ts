// Who owns a data directory: one bridge at a time, whatever became of the one before, in other containers too.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync, utimesSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { takeLock } from '../../../src/outbox/lock.ts';
import { eventually } from '../../support/eventually.ts';
import { mountSmallDisk, needSmallDisk } from '../../support/small-disk.ts';
import { tempDir } from '../../support/temp.ts';

const FAST = { touchMs: 20, patienceMs: 400 };
const needProc = { skip: existsSync('/proc/self/stat') ? false : 'no /proc here' };
/** Of unshare(1). */
const NAMESPACE = ['--pid', '--fork', '--kill-child', '--mount-proc'];
/** As an owner of another container writes it: our numbers, its own namespace. */
const ELSEWHERE = `${process.pid} another-start/1 pid:[1] 5e1f`;

async function lockIn(t: TestContext): Promise<string> {
  return join(await tempDir(t), 'lock');
}

test('it is taken once, and again after its release; nothing but the lock is left', async t => {
  const file = await lockIn(t);
  const lock = await takeLock(file, FAST);
  await assert.rejects(takeLock(file, FAST), new RegExp(`process ${process.pid} uses it`));
  lock.release();
  const again = await takeLock(file, FAST);
  assert.deepEqual([lock.wasLeft, again.wasLeft], [false, false]);
  again.release();
  assert.deepEqual(await readdir(join(file, '..')), ['lock']);
});

test('of many who take it at once one gets it, also from an owner who is gone', async t => {
  const file = await lockIn(t);
  for (const left of [undefined, '999999999', 'free']) {
    if (left !== undefined) await writeFile(file, left);
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => takeLock(file, FAST)));
    const taken = tries.flatMap(tried => (tried.status === 'fulfilled' ? [tried.value] : []));
    assert.equal(taken.length, 1);
    assert.equal(taken[0]?.wasLeft, left === '999999999');
    taken[0]?.release();
  }
});

test('that of a living process is refused, as an earlier version wrote it too', async t => {
  const file = await lockIn(t);
  await writeFile(file, String(process.ppid));
  await assert.rejects(takeLock(file, FAST), new RegExp(`process ${process.ppid} uses it`));
});

test('that of a process whose number another one has by now is none', needProc, async t => {
  const file = await lockIn(t);
  await writeFile(file, `${process.ppid} another-start/1`);
  const lock = await takeLock(file, FAST);
  assert.equal(lock.wasLeft, true);
  lock.release();
});

test('that of a process that has ended and whose parent has not looked yet is none', needProc, async t => {
  const file = await lockIn(t);
  // It reads from us, and ends once its parent has become one that waits for nobody.
  const script = 'exec 3<&0; cat <&3 & echo $!; exec sleep 600';
  const parent = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] });
  t.after(() => parent.kill());
  const [said] = await once(parent.stdout, 'data');
  const pid = Number(String(said));
  const comm = `/proc/${parent.pid}/comm`;
  await eventually('its parent is another', async () => (await readFile(comm, 'utf8')) === 'sleep\n');
  parent.stdin.end();
  await eventually('it has ended', async () => / Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8')));
  await writeFile(file, String(pid));
  const lock = await takeLock(file, FAST);
  assert.equal(lock.wasLeft, true);
  lock.release();
});

test('of an owner elsewhere it is refused as long as that touches it', needProc, async t => {
  const file = await lockIn(t);
  await writeFile(file, ELSEWHERE);
  let touches = 0;
  const touching = setInterval(() => utimesSync(file, 1, touches++), FAST.touchMs);
  t.after(() => clearInterval(touching));
  await assert.rejects(takeLock(file, FAST), /of another container or machine uses it/);
  clearInterval(touching);
  const lock = await takeLock(file, FAST);
  assert.equal(lock.wasLeft, true);
  lock.release();
});

test('an owner touches it, and notices that it is another’s', needProc, async t => {
  const file = await lockIn(t);
  const lock = await takeLock(file, FAST);
  utimesSync(file, 1, 1);
  const { mtimeMs } = await eventually('a touch', () => {
    const stat = statSync(file);
    return stat.mtimeMs > 1000 && stat;
  });
  assert.ok(mtimeMs > 1000 && lock.isHeld());
  await writeFile(file, ELSEWHERE);
  await eventually('it notices', () => !lock.isHeld());
  lock.release();
  assert.equal(await readFile(file, 'utf8'), ELSEWHERE);
});

test(
  'two containers on one directory, with one process number, are told apart',
  needNamespaces(),
  async t => {
    const file = await lockIn(t);
    const first = await contain(t, file);
    assert.equal(first.said, 'taken');
    const second = await contain(t, file);
    assert.match(second.said, /of another container or machine uses it/);
    assert.match(second.said, /process 1 /);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    assert.equal((await contain(t, file)).said, 'taken');
  },
);

test('it is taken on a disk that is full', needSmallDisk(), async t => {
  const disk = mountSmallDisk(t, 1);
  const file = join(disk.directory, 'lock');
  (await takeLock(file, FAST)).release();
  disk.fill();
  const lock = await takeLock(file, FAST);
  assert.match(await readFile(file, 'utf8'), new RegExp(`^${process.pid} `));
  lock.release();
});

/** Takes the lock in a process namespace of its own, and keeps it. */
async function contain(t: TestContext, file: string): Promise<{ child: ChildProcess; said: string }> {
  const lock = join(import.meta.dirname, '../../../src/outbox/lock.ts');
  const script = `
    const { takeLock } = await import(${JSON.stringify(lock)});
    const said = await takeLock(${JSON.stringify(file)}).then(() => 'taken', error => error.message);
    console.log(said);
    setInterval(() => undefined, 1000);`;
  const child = spawn(
    'unshare',
    [...NAMESPACE, process.execPath, '--import', 'tsx', '--input-type=module', '-e', script],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  t.after(() => child.kill('SIGKILL'));
  const [said] = await once(child.stdout, 'data');
  return { child, said: String(said).trim() };
}

function needNamespaces(): { skip: string | false } {
  const { status } = spawnSync('unshare', [...NAMESPACE, 'true']);
  return { skip: status === 0 ? false : 'needs the right to make a process namespace' };
}
