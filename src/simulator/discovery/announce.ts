// How simulated devices are found: an mDNS and a WS-Discovery responder, for one device each.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { escapeXml } from '../xml.ts';
import {
  addressData,
  type DnsRecord,
  nameData,
  readQuery,
  serviceData,
  textData,
  writeAnswer,
} from './dns-message.ts';

export interface AnnounceOptions {
  serial: string;
  model: string;
  /** Where it listens and what it says its address is; default 127.0.0.1. */
  address?: string;
  httpPort: number;
  /** The groups that it joins, on the interface of its address; default none: it answers what is sent to it alone. */
  groups?: { mdns: string; wsDiscovery: string };
  /** 0, the default, is any free port. */
  mdnsPort?: number;
  wsDiscoveryPort?: number;
  /** Its scopes tell the serial number. Default false. */
  macScope?: boolean;
}

export interface Announcer {
  readonly mdnsPort: number;
  readonly wsDiscoveryPort: number;
  /** Datagrams that came, well-formed or not. */
  readonly asked: { mdns: number; wsDiscovery: number };
  stop(): void;
}

const SERVICE = ['_axis-video', '_tcp', 'local'];
const PTR = 12;

/** Starts answering. */
export async function announce(options: AnnounceOptions): Promise<Announcer> {
  const { address = '127.0.0.1', groups } = options;
  const asked = { mdns: 0, wsDiscovery: 0 };
  const answer = (socket: Socket, make: (packet: Buffer) => Buffer | undefined) => {
    return (packet: Buffer, { port, address: to }: RemoteInfo) => {
      const reply = make(packet);
      if (reply !== undefined) socket.send(reply, port, to);
    };
  };
  const mdns = await open(options.mdnsPort, address, groups?.mdns);
  const wsDiscovery = await open(options.wsDiscoveryPort, address, groups?.wsDiscovery);
  mdns
    .on('message', () => (asked.mdns += 1))
    .on(
      'message',
      answer(mdns, packet => mdnsAnswer(packet, { ...options, address })),
    );
  wsDiscovery
    .on('message', () => (asked.wsDiscovery += 1))
    .on(
      'message',
      answer(wsDiscovery, packet => probeMatch(packet.toString(), { ...options, address })),
    );
  return {
    mdnsPort: mdns.address().port,
    wsDiscoveryPort: wsDiscovery.address().port,
    asked,
    stop() {
      mdns.close();
      wsDiscovery.close();
    },
  };
}

async function open(port = 0, address: string, group: string | undefined): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  // What is sent to a group does not arrive at a socket of one address.
  socket.bind(port, group === undefined ? address : undefined);
  await once(socket, 'listening');
  if (group !== undefined) socket.addMembership(group, address);
  return socket;
}

type Announced = AnnounceOptions & { address: string };

function mdnsAnswer(packet: Buffer, { serial, model, address, httpPort }: Announced): Buffer | undefined {
  const query = readQuery(packet);
  if (query?.type !== PTR || query.name.join('.').toLowerCase() !== SERVICE.join('.')) return undefined;
  const instance = [`AXIS ${model} - ${serial}`, ...SERVICE];
  const host = [`axis-${serial.toLowerCase()}`, 'local'];
  const records: DnsRecord[] = [
    { name: SERVICE, type: 'PTR', data: nameData(instance) },
    { name: instance, type: 'SRV', data: serviceData(httpPort, host) },
    { name: instance, type: 'TXT', data: textData(`macaddress=${serial}`) },
    { name: host, type: 'A', data: addressData(address) },
  ];
  return writeAnswer(query, records);
}

function probeMatch(
  probe: string,
  { serial, model, address, httpPort, macScope }: Announced,
): Buffer | undefined {
  const [, id] = /<(?:\w+:)?MessageID\b[^>]*>([^<]+)</.exec(probe) ?? [];
  if (id === undefined || !/<(?:\w+:)?Probe\b/.test(probe)) return undefined;
  const scope = (name: string, value: string) => `onvif://www.onvif.org/${name}/${encodeURIComponent(value)}`;
  const scopes = [
    scope('type', 'video_encoder'),
    scope('hardware', model),
    scope('name', `AXIS ${model}`),
    ...(macScope ? [scope('MAC', serial)] : []),
  ];
  const match =
    `<wsd:ProbeMatch><wsa:EndpointReference><wsa:Address>urn:uuid:5117a70d-0000-4000-8000-000000000001</wsa:Address></wsa:EndpointReference>` +
    `<wsd:Types>tdn:NetworkVideoTransmitter</wsd:Types><wsd:Scopes>${escapeXml(scopes.join(' '))}</wsd:Scopes>` +
    `<wsd:XAddrs>http://${address}:${httpPort}/onvif/device_service</wsd:XAddrs><wsd:MetadataVersion>1</wsd:MetadataVersion></wsd:ProbeMatch>`;
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" ` +
      `xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:wsd="http://schemas.xmlsoap.org/ws/2005/04/discovery" ` +
      `xmlns:tdn="http://www.onvif.org/ver10/network/wsdl"><SOAP-ENV:Header><wsa:RelatesTo>${escapeXml(id)}</wsa:RelatesTo></SOAP-ENV:Header>` +
      `<SOAP-ENV:Body><wsd:ProbeMatches>${match}</wsd:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>`,
  );
}
