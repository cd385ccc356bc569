// The options of a simulated device with every default filled in.
import { type Clock, systemClock } from '../util/clock.ts';
import { DEFAULT_TOPICS, type Topic } from './catalogue.ts';
import type { MqttOptions } from './mqtt/state.ts';
import type {
  AuthOptions,
  DeviceOptions,
  HttpOptions,
  Oddities,
  OnvifOptions,
  SessionOptions,
  TlsOptions,
  WebSocketOptions,
} from './options.ts';

export interface Settings {
  serial: string;
  model: string;
  firmware: string;
  host: string;
  httpPort: number;
  rtspPort: number;
  tls: TlsOptions | undefined;
  auth: { http: Required<AuthOptions>; https: Required<AuthOptions>; rtsp: Required<AuthOptions> };
  session: Required<SessionOptions>;
  http: HttpOptions;
  onvif: Required<Omit<OnvifOptions, 'username' | 'password'>> & {
    /** What differs from the device's own account. */
    account: { username?: string; password?: string };
  };
  websocket: WebSocketOptions;
  oddities: Oddities;
  mqtt: MqttOptions;
  topics: readonly Topic[];
  seenLimit: number;
  clock: Clock;
}

/** The options with every default filled in. */
export function settle(options: DeviceOptions): Settings {
  const {
    auth = {},
    session = {},
    http = {},
    onvif = {},
    websocket = {},
    oddities = {},
    mqtt = {},
  } = options;
  return {
    serial: options.serial ?? 'ACCC8E000001',
    model: options.model ?? 'P3265-LVE',
    firmware: options.firmware ?? '11.11.77',
    host: options.host ?? '127.0.0.1',
    httpPort: options.httpPort ?? 0,
    rtspPort: options.rtspPort ?? 0,
    tls: options.tls,
    auth: settleAuth(auth),
    session: settleSession(session),
    http,
    onvif: settleOnvif(onvif),
    websocket,
    oddities,
    mqtt,
    topics: options.topics ?? DEFAULT_TOPICS,
    seenLimit: options.seenLimit ?? 1000,
    clock: options.clock ?? systemClock,
  };
}

function settleAuth(auth: NonNullable<DeviceOptions['auth']>): Settings['auth'] {
  const ordinary: Required<AuthOptions> = {
    schemes: ['digest'],
    algorithms: ['MD5'],
    qop: true,
    nameAlgorithm: true,
    nonceUses: Number.POSITIVE_INFINITY,
    exactNc: false,
    oneHeader: false,
    folded: false,
  };
  return {
    http: { ...ordinary, ...auth.http },
    https: { ...ordinary, schemes: ['basic'], ...auth.https },
    rtsp: { ...ordinary, qop: false, nameAlgorithm: false, ...auth.rtsp },
  };
}

function settleOnvif({ username, password, ...rest }: OnvifOptions): Settings['onvif'] {
  return {
    login: 'either',
    replayProtection: true,
    maxPullPoints: 10,
    maxTimeoutS: 300,
    maxMessages: 100,
    refuseFilter: false,
    renewals: 'all',
    pullsExtend: true,
    statesAtOnce: true,
    ...rest,
    account: {
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    },
  };
}

function settleSession(session: SessionOptions): Required<SessionOptions> {
  const timeoutS = session.timeoutS ?? 60;
  return { timeoutS, stated: true, laterTimeoutS: timeoutS, maxUnsentBytes: 16 << 20, ...session };
}
