import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeParams } from '../../../src/vapix/param.ts';
import { needCorpus, readCorpus } from '../../support/corpus.ts';

test('decodeParams reads names without root, values as they are', () => {
  const text =
    'root.Brand.ProdNbr=P1\r\nroot.A.Empty=\nB.WithEquals=a=b \n\n<junk>\nroot.No value\n__proto__=x\n';
  const expected = { 'Brand.ProdNbr': 'P1', 'A.Empty': '', 'B.WithEquals': 'a=b ', ['__proto__']: 'x' };
  assert.deepEqual([...decodeParams(text)], Object.entries(expected));
});

test('decodeParams takes an error line for REFUSED where nothing else is said', () => {
  const error = "# Error: Error -1 getting param in group 'root.X'";
  assert.throws(() => decodeParams(`${error}\n`), { code: 'REFUSED', message: /Error -1 getting param/ });
  assert.equal(decodeParams(`${error}\nroot.A.B=1\n`).size, 1);
  assert.equal(decodeParams('').size, 0);
});

test('real lists are read whole', needCorpus('vapix'), () => {
  for (const [name, text] of readCorpus('vapix', /param.*\.txt$/)) {
    const lines = text.split('\n').filter(line => line.includes('='));
    assert.equal(decodeParams(text).size, lines.length, name);
  }
});
