// The device and media services, as far as clients ask them before they subscribe: what the device is, and where its services are.
import type { Core } from '../core.ts';
import { eventProperties } from '../http/declarations.ts';
import { escapeXml } from '../xml.ts';
import { NS, type SoapReply, soap } from './answer.ts';

/** The address of all services (PROTOCOLS 3.1). */
export function serviceAddress({ settings, ports }: Core): string {
  const { httpPort = 80 } = ports;
  const host = httpPort === 80 ? settings.host : `${settings.host}:${httpPort}`;
  return `http://${host}/onvif/services`;
}

const NAMESPACES = [NS.tds, NS.tev, NS.trt];

export function services({ core }: { core: Core }): SoapReply {
  const version = '<tds:Version><tt:Major>21</tt:Major><tt:Minor>12</tt:Minor></tds:Version>';
  const each = NAMESPACES.map(
    uri =>
      `<tds:Service><tds:Namespace>${uri}</tds:Namespace><tds:XAddr>${serviceAddress(core)}</tds:XAddr>${version}</tds:Service>`,
  );
  return soap(`<tds:GetServicesResponse>${each.join('')}</tds:GetServicesResponse>`);
}

export function capabilities({ core }: { core: Core }): SoapReply {
  const address = `<tt:XAddr>${serviceAddress(core)}</tt:XAddr>`;
  const pulls = [
    'WSSubscriptionPolicySupport',
    'WSPullPointSupport',
    'WSPausableSubscriptionManagerInterfaceSupport',
  ]
    .map(name => `<tt:${name}>${name === 'WSPullPointSupport'}</tt:${name}>`)
    .join('');
  const groups =
    `<tt:Device>${address}</tt:Device><tt:Events>${address}${pulls}</tt:Events>` +
    `<tt:Media>${address}<tt:StreamingCapabilities/></tt:Media>`;
  return soap(
    `<tds:GetCapabilitiesResponse><tds:Capabilities>${groups}</tds:Capabilities></tds:GetCapabilitiesResponse>`,
  );
}

export function information({ core: { settings } }: { core: Core }): SoapReply {
  const { model, firmware, serial } = settings;
  const texts = {
    Manufacturer: 'AXIS',
    Model: model,
    FirmwareVersion: firmware,
    SerialNumber: serial,
    HardwareId: '7E1',
  };
  const elements = Object.entries(texts).map(
    ([name, text]) => `<tds:${name}>${escapeXml(text)}</tds:${name}>`,
  );
  return soap(`<tds:GetDeviceInformationResponse>${elements.join('')}</tds:GetDeviceInformationResponse>`);
}

export function systemTime({ core }: { core: Core }): SoapReply {
  const now = new Date(core.now());
  const time = `<tt:Hour>${now.getUTCHours()}</tt:Hour><tt:Minute>${now.getUTCMinutes()}</tt:Minute><tt:Second>${now.getUTCSeconds()}</tt:Second>`;
  const date = `<tt:Year>${now.getUTCFullYear()}</tt:Year><tt:Month>${now.getUTCMonth() + 1}</tt:Month><tt:Day>${now.getUTCDate()}</tt:Day>`;
  return soap(
    '<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>' +
      '<tt:DaylightSavings>false</tt:DaylightSavings>' +
      `<tt:UTCDateTime><tt:Time>${time}</tt:Time><tt:Date>${date}</tt:Date></tt:UTCDateTime>` +
      '</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>',
  );
}

const SOURCE =
  '<tt:Framerate>25</tt:Framerate><tt:Resolution><tt:Width>1920</tt:Width><tt:Height>1080</tt:Height></tt:Resolution>';

export function videoSources(): SoapReply {
  return soap(
    `<trt:GetVideoSourcesResponse><trt:VideoSources token="0">${SOURCE}</trt:VideoSources></trt:GetVideoSourcesResponse>`,
  );
}

export function profiles(): SoapReply {
  const about = (name: string) => `<tt:Name>${name}</tt:Name><tt:UseCount>1</tt:UseCount>`;
  const source =
    `<tt:VideoSourceConfiguration token="0">${about('user0')}<tt:SourceToken>0</tt:SourceToken>` +
    '<tt:Bounds x="0" y="0" width="1920" height="1080"/></tt:VideoSourceConfiguration>';
  const rate =
    '<tt:FrameRateLimit>25</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>4096</tt:BitrateLimit>';
  const encoder =
    `<tt:VideoEncoderConfiguration token="h264">${about('h264')}<tt:Encoding>H264</tt:Encoding>` +
    '<tt:Resolution><tt:Width>1920</tt:Width><tt:Height>1080</tt:Height></tt:Resolution><tt:Quality>70</tt:Quality>' +
    `<tt:RateControl>${rate}</tt:RateControl><tt:SessionTimeout>PT60S</tt:SessionTimeout></tt:VideoEncoderConfiguration>`;
  return soap(
    `<trt:GetProfilesResponse><trt:Profiles token="profile_1" fixed="true"><tt:Name>profile_1</tt:Name>${source}${encoder}</trt:Profiles></trt:GetProfilesResponse>`,
  );
}

export function properties({ core }: { core: Core }): SoapReply {
  return soap(
    '<tev:GetEventPropertiesResponse><tev:TopicNamespaceLocation>http://www.onvif.org/onvif/ver10/topics/topicns.xml' +
      `</tev:TopicNamespaceLocation><wsnt:FixedTopicSet>true</wsnt:FixedTopicSet>${eventProperties(core.settings.topics)}` +
      '</tev:GetEventPropertiesResponse>',
  );
}
