// People walk in and out of a simulated device's door: differently at each, but always the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDevice, runScenario } from '../../../src/simulator/simulator.ts';

test('the same visitors for the same serial, others for another', () => {
  const visited = (serial: string) => {
    const device = createDevice({ serial });
    device.visit(200);
    return device.counted;
  };
  assert.deepEqual(visited('ACCC8E000001'), visited('ACCC8E000001'));
  assert.notDeepEqual(visited('ACCC8E000001').people, visited('ACCC8E000002').people);
});

test('everybody is counted once, and nobody leaves who did not enter', () => {
  const device = createDevice();
  for (let count = 1; count <= 300; count++) {
    device.visit(1);
    const { people, scenarios, queue } = device.counted;
    const crossed = scenarios.find(({ type }) => type === 'crosslinecounting')?.counts ?? {};
    assert.equal(people.in + people.out, count);
    assert.ok(people.in >= people.out);
    assert.equal((crossed['human'] ?? 0) + (crossed['car'] ?? 0), count);
    assert.ok(queue.every(region => region.people >= 0));
  }
});

test('a scenario lets them walk', async () => {
  const device = createDevice();
  const { signal } = new AbortController();
  await runScenario(device, [{ loop: [{ visitors: 2 }], times: 3 }], { signal });
  assert.equal(device.counted.people.in + device.counted.people.out, 6);
});
