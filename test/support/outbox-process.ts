// A child process that fills the outbox in a directory for ever and delivers some of it: to be killed.
import { createOutbox } from '../../src/outbox/outbox.ts';
import { recoverStore } from '../../src/outbox/recover.ts';
import { systemClock } from '../../src/util/clock.ts';

const { store } = await recoverStore(process.argv[2] ?? '', Date.now());
const outbox = createOutbox({
  store,
  clock: systemClock,
  onError: () => undefined,
  onRecovered: () => undefined,
});
const reader = outbox.queue('main', { maxBytes: 2 ** 30, maxAge: 1e9 });

for (let i = 1; ; i++) {
  const append = () => {
    const seq = outbox.nextSeq('a', 'main', 'route');
    const payload = 'x'.repeat(300 + ((i * 7919) % 40_000));
    const entry = {
      device: 'a',
      topic: 't',
      payload,
      qos: 1,
      retain: false,
      expires: 0,
      id: `${seq}`,
      seq,
    } as const;
    return outbox.append({
      device: 'a',
      counts: { received: 1, kept: 1 },
      messages: [{ broker: 'main', entry }],
    });
  };
  await Promise.all([append(), append(), append(), append()]);
  if (i % 3 === 0) for (const { settle } of await reader.take(5)) settle('published');
  if (i === 50) process.send?.('filling');
}
