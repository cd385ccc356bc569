// Which path answers what, and which of them asks for no login.
import { ACTION_APIS } from '../actions/text.ts';
import type { Core } from '../core.ts';
import { answerOnvif, bearsToken } from '../onvif/onvif.ts';
import type { ApiName } from '../options.ts';
import { POLL_APIS } from '../poll/apis.ts';
import { answerGroups, answerOwnGroups } from './accounts.ts';
import { eventInstances, soapFault } from './declarations.ts';
import { answerJson, calledMethod } from './json-api.ts';
import { JSON_APIS } from './json-apis.ts';
import { answerParameters } from './parameters.ts';

export interface Request {
  method: string;
  path: string;
  query: URLSearchParams;
  body: string;
  /** Aborted when the client is gone. */
  gone: AbortSignal;
}

interface Reply {
  status: number;
  type: string;
  body: string;
}

export interface Route {
  api: ApiName;
  anonymous(core: Core, request: Request): boolean;
  answer(core: Core, request: Request): Reply | Promise<Reply>;
  /** The login, where it is not that of the other APIs. */
  gates?(core: Core): Core['onvif']['login']['gates'];
}

/** The answer of the WebSocket stream to a request that may have it. */
export const UPGRADE_REQUIRED = 426;

/** One path would do for all services; the other is what clients of other makes know (PROTOCOLS 3.1). */
const ONVIF: Route = {
  api: 'onvif',
  anonymous: (core, { body }) => bearsToken(core, body),
  answer: (core, { body, gone }) => answerOnvif(core, body, gone),
  gates: core => core.onvif.login.gates,
};

const ROUTES: Readonly<Record<string, Route>> = {
  '/vapix/services': { api: 'events', anonymous: () => false, answer: services },
  '/onvif/services': ONVIF,
  '/onvif/device_service': ONVIF,
  '/axis-cgi/basicdeviceinfo.cgi': json('info', ({ settings }, { body }) => {
    const open = settings.http.anonymousInfo !== false;
    return open && calledMethod(body) === 'getAllUnrestrictedProperties';
  }),
  '/axis-cgi/systemready.cgi': json('ready', () => true),
  '/axis-cgi/apidiscovery.cgi': json('discovery'),
  '/axis-cgi/time.cgi': json('time'),
  '/axis-cgi/io/portmanagement.cgi': json('ports'),
  '/local/objectanalytics/control.cgi': json('object-analytics'),
  '/axis-cgi/mqtt/client.cgi': json('mqtt-client'),
  '/axis-cgi/mqtt/event.cgi': json('mqtt-events'),
  '/axis-cgi/siren_and_light.cgi': json('siren'),
  '/axis-cgi/lightcontrol.cgi': json('light'),
  '/axis-cgi/dynamicoverlay/dynamicoverlay.cgi': json('overlay'),
  ...polled(),
  ...acting(),
  '/vapix/ws-data-stream': {
    api: 'websocket',
    anonymous: ({ settings, tokens }, { query }) =>
      settings.websocket.tokenOnly !== undefined || tokens.use(query.get('wssession')),
    answer: answerStream,
  },
  '/axis-cgi/wssession.cgi': {
    api: 'websocket',
    anonymous: () => false,
    answer: ({ tokens }) => ({ status: 200, type: 'text/plain', body: tokens.issue() }),
  },
  '/axis-cgi/param.cgi': {
    api: 'param',
    anonymous: () => false,
    answer: (core, request) => text(answerParameters(core, asked(request))),
  },
  '/axis-cgi/pwdgrp.cgi': {
    api: 'accounts',
    anonymous: () => false,
    answer: (core, request) => text(answerGroups(core, asked(request))),
  },
  '/axis-cgi/usergroup.cgi': {
    api: 'accounts',
    anonymous: () => false,
    answer: core => text(answerOwnGroups(core)),
  },
};

function text(body: string): Reply {
  return { status: 200, type: 'text/plain', body };
}

/** The parameters of a CGI: of the query, or of a form that is sent by POST. */
function asked({ method, query, body }: Request): URLSearchParams {
  return method === 'POST' ? new URLSearchParams([...query, ...new URLSearchParams(body)]) : query;
}

/** The route of a path; undefined where this device has none. */
export function findRoute(core: Core, path: string): Route | undefined {
  const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  return route && core.settings.http.omit?.includes(route.api) ? undefined : route;
}

function json(api: keyof typeof JSON_APIS, anonymous: Route['anonymous'] = () => false): Route {
  return {
    api,
    anonymous,
    answer: (core, request) => ({
      status: 200,
      type: 'application/json',
      body: answerJson(JSON_APIS[api](core), request, core.settings.http),
    }),
  };
}

/** A way to ask that is not known is answered as by a device: with nothing to find. */
function polled(): Record<string, Route> {
  const routes = Object.entries(POLL_APIS).map(([path, { api, type, body, asks }]): [string, Route] => [
    path,
    {
      api,
      anonymous: () => false,
      answer: (core, { query }) =>
        asks(query)
          ? { status: 200, type, body: body(core, query) }
          : { status: 404, type: 'text/html', body: '' },
    },
  ]);
  return Object.fromEntries(routes);
}

/** Those that have it do something by GET. */
function acting(): Record<string, Route> {
  const routes = Object.entries(ACTION_APIS).map(([path, { api, type, body }]): [string, Route] => [
    path,
    {
      api,
      anonymous: () => false,
      answer(core, { query }) {
        const said = body(core, query);
        return { status: said === undefined ? 400 : 200, type, body: said ?? '' };
      },
    },
  ]);
  return Object.fromEntries(routes);
}

/** A request that is no upgrade is told to be one; an upgrade is then granted. */
function answerStream({ settings, tokens }: Core, { query }: Request): Reply {
  const { tokenOnly } = settings.websocket;
  const refused = tokenOnly !== undefined && !tokens.use(query.get('wssession'));
  const known = query.get('sources')?.split(',').includes('events');
  return { status: refused ? tokenOnly : known ? UPGRADE_REQUIRED : 400, type: 'text/html', body: '' };
}

function services(core: Core, { method, body }: Request): Reply {
  const known = method === 'POST' && /<(\w+:)?GetEventInstances[\s/>]/.test(body);
  const type = 'application/soap+xml; charset=utf-8';
  if (!known) return { status: 500, type, body: soapFault('Method not implemented') };
  return { status: 200, type, body: eventInstances(core.settings.topics) };
}
