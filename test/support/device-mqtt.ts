// A simulated device that publishes to a broker, a reader at that broker, and the source between them.
import type { TestContext } from 'node:test';
import { createReadingConnection } from '../../src/mqtt/reading-connection.ts';
import type { Device } from '../../src/simulator/device.ts';
import type { DeviceOptions } from '../../src/simulator/options.ts';
import { createDevice } from '../../src/simulator/simulator.ts';
import type { MqttSubscribe } from '../../src/sources/device-mqtt/device-mqtt.ts';
import type { Source } from '../../src/sources/source.ts';
import { systemClock } from '../../src/util/clock.ts';
import { createLog } from '../../src/util/log.ts';
import { secret } from '../../src/util/secret.ts';
import { freePorts } from './free-port.ts';
import { type Listening, listen } from './listen.ts';

/** The client's configuration and a list that publishes everything. */
export function publishing(port: number, filter: Record<string, unknown> = {}): DeviceOptions {
  return {
    mqtt: {
      active: true,
      client: { server: { protocol: 'tcp', host: '127.0.0.1', port } },
      publication: { eventFilterList: [{ topicFilter: '//.', qos: 1, ...filter }] },
    },
  };
}

/** Starts a device; it stops with the test. */
export async function startDevice(
  t: TestContext,
  options: DeviceOptions,
): Promise<{ device: Device; httpPort: number }> {
  const device = createDevice({ ...(await freePorts()), ...options });
  t.after(() => device.stop());
  const { httpPort } = await device.start();
  return { device, httpPort };
}

/** Starts the reading connection; it ends with the test. */
export function startReader(
  t: TestContext,
  url: string,
  protocolVersion: 'auto' | 4 | 5 = 'auto',
): { subscribe: MqttSubscribe; stop(): Promise<void> } {
  const ending = new AbortController();
  const reader = createReadingConnection({
    broker: { servers: [url], clientId: 'axis2mqtt-main-reader', protocolVersion },
    clock: systemClock,
    log: createLog({ level: 'silent' }),
    random: () => 0.05,
  });
  const done = reader.run(ending.signal);
  const stop = () => {
    ending.abort();
    return done;
  };
  t.after(stop);
  return { subscribe: reader.subscribe, stop };
}

/** Listens to the device's own client; `httpPort`: where it answers on its declarations. */
export function hear(
  t: TestContext,
  { host }: Device,
  { source, httpPort = 1 }: { source: Source; httpPort?: number },
): Listening {
  const login = { username: 'root', password: secret('pass') };
  const ports = { port: httpPort, rtspPort: 1 };
  const address = {
    host,
    ...ports,
    ...login,
    onvif: login,
    https: false,
    allowBasicOverHttp: false,
    tls: {},
  };
  return listen(t, { source, address });
}
