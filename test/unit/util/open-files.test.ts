// The limit of open files, and what it is called when it is reached.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fromSystem } from '../../../src/util/errors.ts';
import { openFilesMax } from '../../../src/util/open-files.ts';

test('the limit is that of the process', {
  skip: process.platform === 'linux' ? false : 'needs Linux',
}, () => {
  const said = execFileSync('sh', ['-c', 'ulimit -n']).toString().trim();
  assert.ok(said === 'unlimited' || openFilesMax() >= Number(said));
});

test('an error of the system that says that none is left has a code of its own', () => {
  for (const code of ['EMFILE', 'ENFILE']) {
    const error = fromSystem(Object.assign(new Error(code), { code }), '192.0.2.1:554');
    assert.deepEqual([error.code, error.message], ['DESCRIPTORS', `192.0.2.1:554: ${code}`]);
  }
});
