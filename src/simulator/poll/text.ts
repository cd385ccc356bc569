// The polled APIs that speak text or XML: ports of old firmware, temperatures, disks (PROTOCOLS 7.2, 7.3).
import type { Core } from '../core.ts';
import { escapeXml } from '../xml.ts';

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

/** `check=1,2` and its kin; ports count from 1. */
export function ports({ counted }: Core, query: URLSearchParams): string {
  const [check = '', numbers = ''] = [...query][0] ?? [];
  const lines = numbers.split(',').flatMap(number => {
    const port = counted.ports[Number(number) - 1];
    if (!port) return [];
    const active = port.closed !== port.normallyClosed;
    const said: Record<string, string> = {
      check: port.closed ? '1' : '0',
      checkactive: active ? 'active' : 'inactive',
      checkdirection: port.direction,
    };
    return said[check] === undefined ? [] : [`port${number}=${said[check]}`];
  });
  return `${lines.join('\r\n')}\r\n`;
}

export function temperatures({ counted }: Core): string {
  const sensors = Object.entries(counted.sensors).flatMap(([name, celsius], index) => [
    `Sensor.S${index}.Name=${name}`,
    `Sensor.S${index}.Celsius=${celsius.toFixed(2)}`,
    `Sensor.S${index}.Fahrenheit=${((celsius * 9) / 5 + 32).toFixed(2)}`,
  ]);
  const heaters = counted.heaters.flatMap((percent, index) => [
    `Heater.H${index}.Status=${percent > 0 ? `Running[${percent}%]` : 'Stopped'}`,
    `Heater.H${index}.TimeUntilStop=${percent > 0 ? 95 : 0}`,
  ]);
  const fans = counted.fans.map((runs, index) => `Fan.F${index}.Status=${runs ? 'Running' : 'Stopped'}`);
  return `${[...sensors, ...heaters, ...fans].join('\n')}\n`;
}

export function diskList({ counted }: Core): string {
  const disks = counted.disks.map(({ id, totalKb, freeKb }, index) => {
    const space = `totalsize="${totalKb}" freesize="${freeKb}"`;
    const rest = `locked="no" full="${freeKb > 0 ? 'no' : 'yes'}" readonly="no" status="OK" filesystem="ext4"`;
    return `  <disk diskid="${escapeXml(id)}" name="" ${space} ${rest} group="S${index}"/>\n`;
  });
  return `<?xml version="1.0"?>\n<root xmlns:xsi="${XSI}">\n<disks numberofdisks="${disks.length}">\n${disks.join('')}</disks>\n</root>\n`;
}

/** Tells of all disks, whichever is asked for. */
export function diskHealth({ counted }: Core): string {
  const disks = counted.disks.map(({ id, wear, kelvin }) => {
    const temperature = kelvin === undefined ? '' : ` temperature="${kelvin}"`;
    return `    <HealthStatus diskid="${escapeXml(id)}" wear="${wear}"${temperature} overallhealth="1"/>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<HealthStatusResponse xmlns:xsi="${XSI}">\n  <HealthStatusSuccess>\n${disks.join('')}  </HealthStatusSuccess>\n</HealthStatusResponse>\n`;
}
