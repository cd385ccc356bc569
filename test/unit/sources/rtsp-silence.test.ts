import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { rtsp } from '../../../src/sources/rtsp/rtsp.ts';
import { ends, listen as listenTo, until } from '../../support/listen.ts';
import { deviceScript, metadataFrame, portDocument, serveScript } from '../../support/scripted-rtsp.ts';

/** A sender report on the channel of RTCP (RFC 3550 §6.4.1). */
const REPORT = Buffer.concat([Buffer.from([0x24, 1, 0, 28, 0x80, 200, 0, 6]), Buffer.alloc(24)]);
const event = () => metadataFrame(portDocument('1'));

describe('a stream whose pings are answered', () => {
  /** A device that answers every ping, and sends what the test has it send. */
  async function start(t: TestContext) {
    const device = await serveScript(t, deviceScript());
    const it = listenTo(t, { source: rtsp, address: device.address });
    await until(() => it.opened.length === 1);
    const pings = () => device.requests.filter(({ method }) => method === 'OPTIONS').length;
    /** So many times in a row: sends that, and lets 5 s pass. */
    const send = async (times: number, frame: Buffer | undefined) => {
      for (let time = 0; time < times; time++) {
        const before = it.counts.get('bytes') ?? 0;
        if (frame !== undefined) device.send(frame);
        await until(() => frame === undefined || (it.counts.get('bytes') ?? 0) > before);
        await it.clock.advance(5_000);
      }
    };
    let isOver = false;
    it.done.catch(() => {
      isOver = true;
    });
    return { ...it, pings, send, isOver: () => isOver };
  }

  test('and whose reports came every few seconds is dead a minute after they stop, told of until then', async t => {
    const { done, send, pings, caughtUp, isOver } = await start(t);
    await send(12, REPORT);
    const vouched = caughtUp.length;
    assert.ok(vouched >= 5);
    for (let half = 0; half < 36 && !isOver(); half++) await send(1, undefined);
    await ends(done, 'STALLED', /pings are answered, and neither RTP nor RTCP/);
    assert.ok(pings() > vouched + 3);
    // The ping that was sent behind the last report is the last that says that all was heard.
    assert.ok(caughtUp.length <= vouched + 1);
  });

  test('is found dead though it once paused for longer', async t => {
    const { done, send, isOver, clock } = await start(t);
    await send(6, REPORT);
    await clock.advance(20_000);
    await clock.advance(15_000);
    await send(12, REPORT);
    for (let half = 0; half < 36 && !isOver(); half++) await send(1, undefined);
    await ends(done, 'STALLED', /pings are answered, and neither RTP nor RTCP/);
  });

  test('lives as long as events come, without a report', async t => {
    const { send, isOver, stop, done } = await start(t);
    await send(12, REPORT);
    await send(60, event());
    assert.equal(isOver(), false);
    stop();
    await done;
  });

  test('lives though nothing comes, where no reports did', async t => {
    const { send, isOver, caughtUp } = await start(t);
    await send(12, event());
    await send(120, undefined);
    assert.equal(isOver(), false);
    assert.ok(caughtUp.length >= 60);
  });
});
