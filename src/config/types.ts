// The configuration as the rest of the program sees it: complete, checked, frozen. Durations in ms, sizes in bytes.
import type { Hidden } from '../util/hidden.ts';
import type { LogLevel } from '../util/log.ts';
import type { Secret } from '../util/secret.ts';
import type { PeerTls } from '../util/tls.ts';
import type { POLL_APIS } from './schema/camera.ts';

export interface Config {
  readonly bridge: BridgeConfig;
  /** At least one; names are unique. */
  readonly brokers: readonly BrokerConfig[];
  readonly cameras: readonly CameraConfig[];
  readonly routes: readonly RouteConfig[];
  /** Names are unique. */
  readonly triggers: readonly TriggerConfig[];
  readonly actions: ActionsConfig;
  readonly homeAssistant: HomeAssistantConfig;
  readonly http: HttpConfig | false;
  readonly log: { readonly level: LogLevel };
  /** What came from the environment, or from files that hold a secret: not to be shown, wherever it stands. */
  readonly hidden: Hidden;
}

interface BridgeConfig {
  readonly id: string;
  readonly baseTopic: string;
  /** Relative to the working directory. */
  readonly dataDir: string;
}

export interface HomeAssistantConfig {
  readonly enabled: boolean;
  /** Names of brokers that exist. */
  readonly brokers: readonly string[];
  readonly discoveryPrefix: string;
}

interface HttpConfig {
  readonly host: string;
  readonly port: number;
  /** Names under which it is asked, besides those that are always answered for. */
  readonly names: readonly string[];
}

export interface BrokerConfig {
  readonly name: string;
  /** In full, with scheme and port; several are servers of one broker, to be tried in order. */
  readonly urls: readonly string[];
  /** Whether the bridge itself is this broker: then there is one URL, where it listens. */
  readonly embedded: boolean;
  readonly username?: string;
  readonly password?: Secret;
  readonly clientId: string;
  readonly protocolVersion: 'auto' | 5 | 4;
  readonly tls: BrokerTls;
  /** Of the request that opens a WebSocket. */
  readonly headers: Readonly<Record<string, Secret>>;
  readonly queue: { readonly maxBytes: number; readonly maxAge: number };
}

/** As PeerTls, with the private key kept from view. */
export interface BrokerTls extends Readonly<Omit<PeerTls, 'key'>> {
  readonly key?: Secret;
}

export interface CameraConfig {
  /** Absent: its serial number, once it is known. */
  readonly id?: string;
  readonly host: string;
  readonly port: number;
  readonly rtspPort: number;
  readonly https: boolean;
  readonly username: string;
  readonly password: Secret;
  readonly tls: Readonly<PeerTls>;
  readonly onvif: { readonly username: string; readonly password: Secret };
  /** Upper case, without separators. */
  readonly serial?: string;
  /** Whether any device at that address is accepted. */
  readonly anySerial: boolean;
  readonly source: 'auto' | 'websocket' | 'rtsp' | 'pullpoint' | 'device-mqtt';
  readonly events: EventsConfig;
  readonly poll: readonly PollConfig[];
  readonly deviceMqtt: { readonly broker?: string; readonly prefix?: string };
  readonly commands: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly allowBasicOverHttp: boolean;
}

export interface EventsConfig {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Events a second in the long run; absent: no limit. */
  readonly budget?: number;
  readonly fields: readonly FieldRule[];
}

/** What the format `axis` says, as the settings of the device's own client. */
interface AxisFormat {
  readonly namespaces: boolean;
  readonly serialInPayload: boolean;
}

/** What becomes of a data item of that name whose text is longer than `over` bytes, in events of these topics. */
export interface FieldRule {
  readonly topic: string;
  readonly name: string;
  readonly over: number;
  readonly do: 'keep' | 'cut' | 'drop';
}

export interface PollConfig {
  readonly api: PollApi;
  /** Milliseconds. */
  readonly every: number;
  readonly publish: 'changes' | 'always';
}

export type PollApi = (typeof POLL_APIS)[number];

export interface RouteConfig {
  readonly match: RouteMatch;
  /** Names of brokers that exist. */
  readonly brokers: readonly string[];
  /** The topic template; that of the format where the file names none. */
  readonly topic: string;
  readonly format: 'axis2mqtt' | 'axis' | 'onvif';
  readonly axis: AxisFormat;
  readonly fields: readonly RouteFieldRule[];
  /** There is one where a rule hashes. */
  readonly hashKey?: Secret;
  readonly qos: 0 | 1 | 2;
  readonly retain: 'none' | 'property' | 'all';
  /** Absent: a message never expires. */
  readonly expiry?: number;
  readonly requireSubscriber: boolean;
  /** Absent: any time. */
  readonly deliverWithin?: number;
  /** The name of another broker. */
  readonly onUndelivered?: string;
}

interface RouteMatch {
  /** `*` stands for any characters. */
  readonly camera: string;
  /** `*` is one level, `**` any number. */
  readonly topic: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Absent: both. */
  readonly kind?: 'property' | 'event';
  /** Absent: whatever they are. */
  readonly data?: Readonly<Record<string, string | number | boolean | null>>;
}

/** As FieldRule, for source and key items too, and for the brokers of one route. */
interface RouteFieldRule extends Omit<FieldRule, 'do'> {
  readonly do: 'drop' | 'cut' | 'hash';
}

export interface ActionsConfig {
  /** Names of brokers that exist. */
  readonly brokers: readonly string[];
  /** Milliseconds. */
  readonly timeToLive: number;
  readonly responsePrefixes: readonly string[];
  readonly audit: boolean;
}

type Scalar = string | number | boolean | null;

interface TestConfig {
  readonly not?: Scalar;
  readonly in?: readonly Scalar[];
  readonly above?: number;
  readonly below?: number;
  readonly changed?: boolean;
  readonly missing?: boolean;
}

export interface TriggerConfig {
  readonly name: string;
  readonly hears: MessagesConfig | EventsMatch;
  readonly when?: Readonly<Record<string, Scalar | TestConfig>>;
  readonly text?: string;
  /** Milliseconds, as is the cooldown. */
  readonly for: number;
  readonly cooldown: number;
  readonly armed?: ArmingConfig;
  readonly retained: boolean;
  readonly together: boolean;
  readonly dryRun: boolean;
  readonly do: readonly StepConfig[];
}

interface MessagesConfig {
  readonly broker: string;
  readonly filter: string;
}

export interface EventsMatch {
  readonly camera: string;
  readonly topic: string;
  readonly kind?: 'property' | 'event';
  readonly source: Readonly<Record<string, Scalar>>;
}

/** Times are minutes since midnight. */
export type ArmingConfig =
  | { readonly broker: string; readonly topic: string; readonly text: string }
  | { readonly from: number; readonly to: number };

export type StepConfig =
  | {
      readonly camera: string;
      readonly action: string;
      readonly parameters: Readonly<Record<string, Scalar>>;
    }
  | {
      readonly publish: {
        readonly broker: string;
        readonly topic: string;
        readonly payload: unknown;
        readonly retain: boolean;
      };
    };
