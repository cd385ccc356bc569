// Ports that belong to the other one of two protocols: plain where TLS is spoken, and the other way round.
import type { Path } from '../path.ts';
import type { Report } from '../problem.ts';
import type { CameraFile, ConfigFile } from '../schema/file.ts';
import type { BrokerConfig } from '../types.ts';

/** The ports of TLS, by the port and the scheme of the same without it. */
const WITH_TLS: Readonly<Record<string, number>> = { mqtt: 8883, ws: 443 };
const WITHOUT_TLS: Readonly<Record<string, number>> = { mqtts: 1883, wss: 80 };

/** Warns of cameras and brokers whose port is the usual one of another protocol. */
export function lintPorts(
  { defaults, cameras }: ConfigFile,
  brokers: readonly BrokerConfig[],
  report: Report,
): void {
  const parts = cameras.map((camera, index) => [['cameras', index], camera] as const);
  for (const [path, part] of [[['defaults'], defaults ?? {}] as const, ...parts])
    lintCamera(part, part.https ?? defaults?.https ?? false, path, report);
  for (const { name, urls } of brokers)
    for (const url of urls) lintUrl(new URL(url), ['brokers', name, 'url'], report);
}

function lintCamera({ port, rtspPort }: CameraFile, https: boolean, path: Path, report: Report): void {
  const warn = (key: string, isWrong: boolean, message: string) => {
    if (isWrong) report.warn([...path, key], message);
  };
  warn('port', port === 443 && !https, 'is the port of https: set `https: true`, or another port');
  warn('port', port === 80 && https, 'is the port of http: leave it out, or leave out `https: true`');
  warn('rtspPort', rtspPort === 322 && !https, 'is the port of rtsps: set `https: true`, or another port');
  warn(
    'rtspPort',
    rtspPort === 554 && https,
    'is the port of rtsp: leave it out, or leave out `https: true`',
  );
}

function lintUrl({ protocol, port }: URL, path: Path, report: Report): void {
  const scheme = protocol.slice(0, -1);
  if (Number(port) === WITH_TLS[scheme])
    report.warn(path, `has the port of TLS: take \`${scheme}s://\`, or another port`);
  if (Number(port) === WITHOUT_TLS[scheme])
    report.warn(path, `has a port without TLS: take \`${scheme.slice(0, -1)}://\`, or another port`);
}
