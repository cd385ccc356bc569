// Noticing changes: real files, as editors, Kubernetes and people change them.
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { watchConfig } from '../../../src/config/watch.ts';
import { type Clock, systemClock } from '../../../src/util/clock.ts';

interface Watch {
  changes(): number;
  /** Resolves with the next change after the call. */
  next(): Promise<unknown>;
  stop(): Promise<void>;
}

async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'axis2mqtt-watch-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function start(
  t: TestContext,
  file: string,
  files: string[] = [],
  clock: Clock = systemClock,
): Promise<Watch> {
  const controller = new AbortController();
  const bell = new EventEmitter();
  let changes = 0;
  const onChange = () => {
    changes += 1;
    bell.emit('change');
  };
  const { ready, readyClock } = tellWhenWaiting(clock);
  const done = watchConfig({
    file,
    files: () => files,
    signal: controller.signal,
    onChange,
    clock: readyClock,
  });
  const stop = () => {
    controller.abort();
    return done;
  };
  t.after(stop);
  await ready;
  return {
    changes: () => changes,
    next: () => once(bell, 'change', { signal: AbortSignal.timeout(60_000) }),
    stop,
  };
}

/** A clock that says when the watch first waits: from then on it knows how the files were. */
function tellWhenWaiting(clock: Clock) {
  let tell = () => {};
  const ready = new Promise<void>(resolve => {
    tell = resolve;
  });
  const after: Clock['after'] = (ms, callback) => {
    tell();
    return clock.after(ms, callback);
  };
  return { ready, readyClock: { ...clock, after } };
}

const SETTLED = 700;

test('a file that is asked for is read again, though nothing changed', async t => {
  const file = join(await makeFolder(t), 'a.yaml');
  await writeFile(file, 'a');
  const controller = new AbortController();
  let changes = 0;
  let ask = () => {};
  let released = false;
  const done = watchConfig({
    file,
    signal: controller.signal,
    onRequest(reload) {
      ask = reload;
      return () => {
        released = true;
      };
    },
    onChange() {
      changes += 1;
      controller.abort();
    },
  });
  ask();
  await done;
  assert.deepEqual([changes, released], [1, true]);
});

describe('a change is noticed', { concurrency: true }, () => {
  test('once, though the editor writes several times', async t => {
    const file = join(await makeFolder(t), 'a.yaml');
    await writeFile(file, 'a');
    // Five times the patience that it has with an editor, for a busy machine.
    const after: Clock['after'] = (ms, callback) => systemClock.after(ms === 300 ? 1500 : ms, callback);
    const watch = await start(t, file, [], { ...systemClock, after });
    const next = watch.next();
    for (const text of ['', 'b', 'bc', 'bcd']) {
      await writeFile(file, text);
      await pause(60);
    }
    await next;
    await pause(2500);
    assert.equal(watch.changes(), 1);
  });

  test('when the file is replaced by a rename, again and again', async t => {
    const folder = await makeFolder(t);
    const file = join(folder, 'a.yaml');
    await writeFile(file, 'a');
    const watch = await start(t, file);
    for (const text of ['b', 'c']) {
      const next = watch.next();
      await writeFile(`${file}.new`, text);
      await rename(`${file}.new`, file);
      await next;
    }
    assert.equal(watch.changes(), 2);
  });

  test('when Kubernetes turns its link', async t => {
    const folder = await makeFolder(t);
    for (const version of ['..1', '..2']) {
      await mkdir(join(folder, version));
      await writeFile(join(folder, version, 'a.yaml'), version);
    }
    await symlink('..1', join(folder, '..data'));
    await symlink('..data/a.yaml', join(folder, 'a.yaml'));
    const watch = await start(t, join(folder, 'a.yaml'));
    const next = watch.next();
    await symlink('..2', join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    await next;
    assert.equal(watch.changes(), 1);
  });

  test('when a file that it names changes in another folder, or was missing', async t => {
    const [folder, secrets] = [await makeFolder(t), await makeFolder(t)];
    const file = join(folder, 'a.yaml');
    await writeFile(file, 'a');
    const watch = await start(t, file, [join(secrets, 'password')]);
    for (const text of ['one', 'another']) {
      const next = watch.next();
      await writeFile(join(secrets, 'password'), text);
      await next;
    }
    assert.equal(watch.changes(), 2);
  });

  test('when the file goes and when it comes back', async t => {
    const file = join(await makeFolder(t), 'a.yaml');
    await writeFile(file, 'a');
    const watch = await start(t, file);
    const gone = watch.next();
    await unlink(file);
    await gone;
    const back = watch.next();
    await writeFile(file, 'a');
    await back;
    assert.equal(watch.changes(), 2);
  });
});

test('other files in the folder are no change', async t => {
  const folder = await makeFolder(t);
  await writeFile(join(folder, 'a.yaml'), 'a');
  const watch = await start(t, join(folder, 'a.yaml'));
  await writeFile(join(folder, 'b.yaml'), 'b');
  await writeFile(join(folder, '..c'), 'b');
  await pause(SETTLED);
  assert.equal(watch.changes(), 0);
});

test('where the system reports nothing, the regular look notices', async t => {
  // A folder that is not there yet cannot be watched.
  const file = join(await makeFolder(t), 'later', 'a.yaml');
  const fast: Clock = { ...systemClock, after: (ms, callback) => systemClock.after(ms / 20, callback) };
  const watch = await start(t, file, [], fast);
  const next = watch.next();
  await mkdir(join(file, '..'));
  await writeFile(file, 'a');
  await next;
  assert.equal(watch.changes(), 1);
});

/** The folders that this process watches, as Linux tells; 0 elsewhere. */
function countWatches(): number {
  if (process.platform !== 'linux') return 0;
  const infos = readdirSync('/proc/self/fdinfo')
    .map(fd => `/proc/self/fdinfo/${fd}`)
    .filter(existsSync)
    .map(path => readFileSync(path, 'utf8'));
  return infos.join('').split('inotify wd:').length - 1;
}

test('a stop leaves no watcher, timer or listener behind', async t => {
  const file = join(await makeFolder(t), 'a.yaml');
  await writeFile(file, 'a');
  const before = countWatches();
  let listeners = 0;
  const controller = new AbortController();
  const { signal } = controller;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...args);
  };
  let timers = 0;
  const clock: Clock = {
    ...systemClock,
    after(ms, callback) {
      timers += 1;
      const cancel = systemClock.after(ms, callback);
      return () => {
        timers -= 1;
        cancel();
      };
    },
  };
  const done = watchConfig({ file, signal, onChange: () => assert.fail('nothing changed'), clock });
  while (timers === 0) await pause(5);
  if (process.platform === 'linux') assert.equal(countWatches(), before + 1);
  controller.abort();
  await done;
  assert.equal(timers, 0);
  assert.equal(listeners, 0);
  assert.equal(countWatches(), before);
});

test('an aborted signal ends it before it begins', async () => {
  await watchConfig({ file: '/nowhere', signal: AbortSignal.abort(), onChange: () => assert.fail() });
});
