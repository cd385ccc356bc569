// A camera of another make, written from ONVIF's specifications alone (Core, "Device management" and "Event handling"; WS-Addressing,
// WS-Security): services at paths of their own, a pull point at another one, addresses that name a host behind a NAT, and no VAPIX.
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { XMLParser } from 'fast-xml-parser';

const ACCOUNT = { username: 'viewer', password: 'canary-0ther' };
const DEVICE_PATH = '/onvif/device_service';
const EVENTS_PATH = '/onvif/event_service';
const POINT_PATH = '/onvif/event/PullSubManager';
/** What it says of itself, from behind a NAT. */
const OUTSIDE = 'http://10.1.2.3:8899';
/** A token's age at which it is refused. */
const TOKEN_MS = 10_000;

export interface OtherMakeOptions {
  /** Where the login is taken from. Default `token`. */
  login?: 'token' | 'digest';
  /** Older firmware knows GetCapabilities alone. Default true. */
  hasServices?: boolean;
  /** Default true. */
  renews?: boolean;
  /** Only times by its clock are taken for a termination. Default true. */
  takesDurations?: boolean;
  serial?: string;
  /** What paths that are not of ONVIF answer. `login`: one that the accounts of ONVIF are none of. Default `none`, a 404. */
  web?: keyof typeof WEB;
  /** How long (ms) an empty pull lives: then its connection is closed without an answer. Default: as long as it asks for. */
  patienceMs?: number;
}

interface WebAnswer {
  status: number;
  headers?: Record<string, string>;
  page?: string;
}

const HTML = { 'content-type': 'text/html' };
const CHALLENGE = { 'www-authenticate': 'Digest realm="web", qop="auth", nonce="n", algorithm=MD5' };
const WEB: Record<'none' | 'login' | 'redirect' | 'empty' | 'page' | 'busy', WebAnswer> = {
  none: { status: 404, headers: HTML, page: '<html>Not found</html>' },
  login: { status: 401, headers: CHALLENGE },
  redirect: { status: 302, headers: { location: '/login.html' } },
  empty: { status: 200 },
  page: { status: 200, headers: HTML, page: '<html><meta\nname="viewport"\n></html>' },
  busy: { status: 503 },
};

export interface OtherMake {
  port: number;
  account: typeof ACCOUNT;
  /** Paths and operations that were asked for, such as `/onvif/event_service CreatePullPointSubscription`. */
  readonly seen: readonly string[];
  /** What its pull points were asked with, as text. */
  readonly requests: readonly string[];
  readonly refusedLogins: number;
  readonly subscriptions: number;
  /** Whether a pull waits for something to come. */
  readonly isPulled: boolean;
  /** Motion at its only sensor. */
  motion(isMotion: boolean): void;
  setClock(aheadMs: number): void;
  /** Its next answer with messages is lost on the way: the connection breaks. */
  loseAnswer(): void;
}

interface Point {
  queue: string[];
  waiting: ((messages: string[]) => void) | undefined;
}

interface Envelope {
  header: Record<string, unknown>;
  operation: string;
  content: Record<string, unknown>;
}

const parser = new XMLParser({ removeNSPrefix: true, ignoreAttributes: false, parseTagValue: false });

class Fault extends Error {
  readonly subcode: string;
  constructor(subcode: string) {
    super(subcode);
    this.subcode = subcode;
  }
}

/** Instead of an answer. */
class Hangup extends Error {}

/** Starts it on 127.0.0.1; it ends with the test. */
export async function startOtherMake(
  t: Pick<TestContext, 'after'>,
  options: OtherMakeOptions = {},
): Promise<OtherMake> {
  const {
    login = 'token',
    hasServices = true,
    renews = true,
    takesDurations = true,
    serial = 'OM-7 000123',
    web = 'none',
    patienceMs = Number.POSITIVE_INFINITY,
  } = options;
  const seen: string[] = [];
  const requests: string[] = [];
  const points = new Map<string, Point>();
  const nonces = new Set<string>();
  const counts = { refusedLogins: 0, subscriptions: 0 };
  let ahead = 0;
  let isMotion = false;
  let loses = false;

  const now = () => Date.now() + ahead;
  /** Without a zone, as some firmware writes it; it is UTC. */
  const time = (ms: number) => new Date(ms).toISOString().slice(0, 19);
  const message = (operation: string) =>
    '<b:NotificationMessage><b:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">' +
    'tns1:RuleEngine/CellMotionDetector/Motion</b:Topic><b:Message>' +
    `<onvif:Message UtcTime="${new Date(now()).toISOString()}" PropertyOperation="${operation}">` +
    '<onvif:Source><onvif:SimpleItem Name="VideoSourceConfigurationToken" Value="vsc0"/>' +
    '<onvif:SimpleItem Name="Rule" Value="MyMotion"/></onvif:Source>' +
    `<onvif:Data><onvif:SimpleItem Name="IsMotion" Value="${isMotion}"/></onvif:Data>` +
    '</onvif:Message></b:Message></b:NotificationMessage>';

  function checkToken(header: Record<string, unknown>): void {
    const token = at(header, 'Security', 'UsernameToken');
    const [password, nonce] = [text(at(token, 'Password')), text(at(token, 'Nonce'))];
    const created = text(at(token, 'Created'));
    const digest = createHash('sha1')
      .update(Buffer.from(nonce, 'base64'))
      .update(created + ACCOUNT.password)
      .digest('base64');
    const isFresh = Math.abs(Date.parse(created) - now()) <= TOKEN_MS && !nonces.has(nonce);
    nonces.add(nonce);
    if (text(at(token, 'Username')) === ACCOUNT.username && password === digest && isFresh) return;
    if (token !== undefined) counts.refusedLogins += 1;
    throw new Fault('ter:NotAuthorized');
  }

  /** Core "PullMessages": at once where something waits, else as soon as something comes, and after the timeout with nothing. */
  function pull(id: string, content: Record<string, unknown>): Promise<string[]> {
    const point = points.get(id);
    if (point === undefined) throw new Fault('ter:ResourceUnknown');
    if (point.queue.length > 0)
      return Promise.resolve(point.queue.splice(0, Number(text(content['MessageLimit']))));
    return new Promise((resolve, reject) => {
      const askedMs = seconds(text(content['Timeout'])) * 1000;
      const timer = setTimeout(() => point.waiting?.([]), Math.min(askedMs, patienceMs));
      point.waiting = messages => {
        clearTimeout(timer);
        point.waiting = undefined;
        if (messages.length > 0 || askedMs < patienceMs) resolve(messages);
        else reject(new Hangup());
      };
    });
  }

  const service = (uri: string, path: string) =>
    `<dev:Service><dev:Namespace>${uri}</dev:Namespace><dev:XAddr>${OUTSIDE}${path}</dev:XAddr></dev:Service>`;

  const operations: Record<string, (request: Envelope, id: string) => string | Promise<string>> = {
    [`${DEVICE_PATH} GetSystemDateAndTime`]: () => {
      const date = new Date(now());
      const [hour, minute, second] = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
      const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
      const hours = `<onvif:Time><onvif:Hour>${hour}</onvif:Hour><onvif:Minute>${minute}</onvif:Minute><onvif:Second>${second}</onvif:Second></onvif:Time>`;
      const days = `<onvif:Date><onvif:Year>${year}</onvif:Year><onvif:Month>${month}</onvif:Month><onvif:Day>${day}</onvif:Day></onvif:Date>`;
      return `<dev:SystemDateAndTime><onvif:DateTimeType>Manual</onvif:DateTimeType><onvif:UTCDateTime>${hours}${days}</onvif:UTCDateTime></dev:SystemDateAndTime>`;
    },
    [`${DEVICE_PATH} GetServices`]: () => {
      if (!hasServices) throw new Fault('ter:ActionNotSupported');
      return (
        service('http://www.onvif.org/ver10/device/wsdl', DEVICE_PATH) +
        service('http://www.onvif.org/ver10/events/wsdl', EVENTS_PATH)
      );
    },
    [`${DEVICE_PATH} GetCapabilities`]: () =>
      `<dev:Capabilities><onvif:Device><onvif:XAddr>${OUTSIDE}${DEVICE_PATH}</onvif:XAddr></onvif:Device>` +
      `<onvif:Events><onvif:XAddr>${OUTSIDE}${EVENTS_PATH}</onvif:XAddr></onvif:Events></dev:Capabilities>`,
    [`${DEVICE_PATH} GetDeviceInformation`]: () =>
      '<dev:Manufacturer>Other &amp; Sons</dev:Manufacturer><dev:Model>OM-7</dev:Model>' +
      `<dev:FirmwareVersion>3.1.4</dev:FirmwareVersion><dev:SerialNumber>${serial}</dev:SerialNumber><dev:HardwareId>1</dev:HardwareId>`,
    [`${EVENTS_PATH} GetEventProperties`]: () =>
      '<event:TopicNamespaceLocation>http://www.onvif.org/onvif/ver10/topics/topicns.xml</event:TopicNamespaceLocation>' +
      '<b:FixedTopicSet>true</b:FixedTopicSet><t1:TopicSet xmlns:t1="http://docs.oasis-open.org/wsn/t-1">' +
      '<tns1:RuleEngine t1:topic="false"><CellMotionDetector><Motion t1:topic="true">' +
      '<onvif:MessageDescription IsProperty="true"><onvif:Source>' +
      '<onvif:SimpleItemDescription Name="VideoSourceConfigurationToken" Type="onvif:ReferenceToken"/>' +
      '<onvif:SimpleItemDescription Name="Rule" Type="xs:string"/></onvif:Source><onvif:Data>' +
      '<onvif:SimpleItemDescription Name="IsMotion" Type="xs:boolean"/></onvif:Data></onvif:MessageDescription>' +
      '</Motion></CellMotionDetector></tns1:RuleEngine></t1:TopicSet>',
    [`${EVENTS_PATH} CreatePullPointSubscription`]: ({ content }) => {
      if (!takesDurations && text(content['InitialTerminationTime']).startsWith('P'))
        throw new Fault('b:UnacceptableInitialTerminationTimeFault');
      counts.subscriptions += 1;
      const id = String(counts.subscriptions);
      // Core "Property events": a new subscriber is told the states.
      points.set(id, { queue: [message('Initialized')], waiting: undefined });
      return (
        `<event:SubscriptionReference><a:Address>${OUTSIDE}${POINT_PATH}?Idx=${id}</a:Address></event:SubscriptionReference>` +
        `<b:CurrentTime>${time(now())}</b:CurrentTime><b:TerminationTime>${time(now() + 60_000)}</b:TerminationTime>`
      );
    },
    [`${POINT_PATH} PullMessages`]: async ({ content }, id) => {
      const messages = await pull(id, content);
      return (
        `<event:CurrentTime>${time(now())}</event:CurrentTime>` +
        `<event:TerminationTime>${time(now() + 60_000)}</event:TerminationTime>${messages.join('')}`
      );
    },
    [`${POINT_PATH} Renew`]: () => {
      if (!renews) throw new Fault('ter:ActionNotSupported');
      return `<b:TerminationTime>${time(now() + 60_000)}</b:TerminationTime><b:CurrentTime>${time(now())}</b:CurrentTime>`;
    },
    [`${POINT_PATH} Unsubscribe`]: (_request, id) => {
      points.delete(id);
      return '';
    },
  };
  /** Core "Access classes": what needs no login. */
  const open = new Set(['GetSystemDateAndTime', 'GetServices', 'GetCapabilities']);

  async function answer(path: string, id: string, envelope: Envelope): Promise<string> {
    const { header, operation } = envelope;
    const run = operations[`${path} ${operation}`];
    if (run === undefined) throw new Fault('ter:ActionNotSupported');
    // Who uses WS-Addressing has to say who asks what (WS-Addressing 1.0 Core §3.4).
    for (const name of ['Action', 'MessageID', 'ReplyTo'])
      if (at(header, name) === undefined) throw new Fault('a:MessageAddressingHeaderRequired');
    if (login === 'token' && !open.has(operation)) checkToken(header);
    const relates = `<a:RelatesTo>${text(at(header, 'MessageID'))}</a:RelatesTo>`;
    const prefix = /^(Renew|Unsubscribe)$/.test(operation) ? 'b' : path === DEVICE_PATH ? 'dev' : 'event';
    const body = await run(envelope, id);
    return wrap(`<${prefix}:${operation}Response>${body}</${prefix}:${operation}Response>`, relates);
  }

  const digests = new DigestLogin();
  const needsDigest = (operation: string, { method, headers: { authorization } }: IncomingMessage) => {
    if (login !== 'digest' || open.has(operation) || digests.isRight(method, authorization)) return false;
    counts.refusedLogins += authorization === undefined ? 0 : 1;
    return true;
  };

  const serve = (request: IncomingMessage, response: ServerResponse, asked: string) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://device');
    if (![DEVICE_PATH, EVENTS_PATH, POINT_PATH].includes(pathname)) {
      seen.push(pathname);
      const { status, headers, page = '' } = WEB[web];
      response.writeHead(status, headers).end(page);
      return;
    }
    const envelope = readEnvelope(asked);
    seen.push(`${pathname} ${envelope.operation}`);
    if (pathname === POINT_PATH) requests.push(asked);
    if (needsDigest(envelope.operation, request)) {
      response.writeHead(401, { 'www-authenticate': digests.challenge() }).end();
      return;
    }
    answer(pathname, searchParams.get('Idx') ?? '', envelope).then(
      body => {
        if (!loses || !body.includes('NotificationMessage')) return write(response, 200, body);
        loses = false;
        response.destroy();
      },
      (error: Error) => {
        if (error instanceof Hangup) response.destroy();
        else write(response, 400, faultOf(error));
      },
    );
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', chunk => chunks.push(chunk));
    request.on('end', () => serve(request, response, Buffer.concat(chunks).toString()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    account: ACCOUNT,
    seen,
    requests,
    get refusedLogins() {
      return counts.refusedLogins;
    },
    get subscriptions() {
      return counts.subscriptions;
    },
    get isPulled() {
      return [...points.values()].some(({ waiting }) => waiting !== undefined);
    },
    motion(next) {
      isMotion = next;
      for (const point of points.values()) {
        if (point.waiting !== undefined) point.waiting([message('Changed')]);
        else point.queue.push(message('Changed'));
      }
    },
    setClock: ms => {
      ahead = ms;
    },
    loseAnswer: () => {
      loses = true;
    },
  };
}

class DigestLogin {
  readonly #nonce = randomUUID();

  challenge(): string {
    return `Digest realm="Other Make", qop="auth", nonce="${this.#nonce}", algorithm=MD5`;
  }

  isRight(method: string | undefined, authorization = ''): boolean {
    const md5 = (said: string) => createHash('md5').update(said).digest('hex');
    const field = (name: string) => new RegExp(`[ ,]${name}="?([^",]*)`).exec(authorization)?.[1] ?? '';
    const secret = md5(`${ACCOUNT.username}:Other Make:${ACCOUNT.password}`);
    const asked = md5(`${method}:${field('uri')}`);
    const expected = md5(`${secret}:${this.#nonce}:${field('nc')}:${field('cnonce')}:auth:${asked}`);
    return field('username') === ACCOUNT.username && field('response') === expected;
  }
}

function readEnvelope(asked: string): Envelope {
  const root = parser.parse(asked) as Record<string, unknown>;
  const body = (at(root, 'Envelope', 'Body') ?? {}) as Record<string, unknown>;
  const [operation = ''] = Object.keys(body).filter(name => !name.startsWith('@_'));
  const content = body[operation];
  return {
    header: (at(root, 'Envelope', 'Header') ?? {}) as Record<string, unknown>,
    operation,
    content: (typeof content === 'object' ? content : {}) as Record<string, unknown>,
  };
}

function at(node: unknown, ...names: string[]): unknown {
  return names.reduce((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], node);
}

/** Of an element with or without attributes. */
function text(node: unknown): string {
  const said = typeof node === 'object' ? at(node, '#text') : node;
  return said === undefined ? '' : String(said);
}

function seconds(duration: string): number {
  return Number(/^PT(\d+)S$/.exec(duration)?.[1] ?? Number.NaN);
}

const NAMESPACES = {
  env: 'http://www.w3.org/2003/05/soap-envelope',
  a: 'http://www.w3.org/2005/08/addressing',
  b: 'http://docs.oasis-open.org/wsn/b-2',
  dev: 'http://www.onvif.org/ver10/device/wsdl',
  event: 'http://www.onvif.org/ver10/events/wsdl',
  onvif: 'http://www.onvif.org/ver10/schema',
  ter: 'http://www.onvif.org/ver10/error',
  tns1: 'http://www.onvif.org/ver10/topics',
  xs: 'http://www.w3.org/2001/XMLSchema',
};

function wrap(body: string, header = ''): string {
  const declared = Object.entries(NAMESPACES).map(([prefix, uri]) => `xmlns:${prefix}="${uri}"`);
  return `<?xml version="1.0" encoding="utf-8"?><env:Envelope ${declared.join(' ')}><env:Header>${header}</env:Header><env:Body>${body}</env:Body></env:Envelope>`;
}

function faultOf(error: Error): string {
  const subcode = error instanceof Fault ? error.subcode : 'ter:Action';
  return wrap(
    `<env:Fault><env:Code><env:Value>env:Sender</env:Value><env:Subcode><env:Value>${subcode}</env:Value></env:Subcode></env:Code>` +
      `<env:Reason><env:Text xml:lang="en">${error.message}</env:Text></env:Reason></env:Fault>`,
  );
}

/** In chunks, as its web server does. */
function write(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/soap+xml; charset=utf-8' });
  const half = Math.floor(body.length / 2);
  response.write(body.slice(0, half));
  response.end(body.slice(half));
}
