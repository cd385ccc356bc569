// A batch as text: its time on a line, then for each entry a line of its fields and the payload, as long as that says.
//
//   1763798400000
//   entrance⇥axis2mqtt/entrance/event/…⇥1⇥1⇥0⇥b7c0…⇥4711⇥312
//   {"id":"b7c0…                                   (312 characters, then the next entry)
//
// A critical message's line goes on with what it demands, as JSON; an answer's with that or nothing, and its correlation.
import type { Entry } from './types.ts';

/** Entries of one broker in one commit. */
export interface Batch {
  /** When it was committed, by the queue's time (ms). */
  time: number;
  entries: Entry[];
}

/** Writes a batch. The fields hold no tab and no line break: topics and ids have no control characters. */
export function encodeBatch({ time, entries }: Batch): string {
  let text = `${time}\n`;
  for (const { device, topic, qos, retain, expires, id, seq, payload, demand, correlation } of entries) {
    const fields = `${device}\t${topic}\t${qos}\t${retain ? 1 : 0}\t${expires}\t${id}\t${seq}\t${payload.length}`;
    text += `${fields}${encodeRare(demand, correlation)}\n${payload}`;
  }
  return text;
}

/** Reads a batch; throws where the text is none. */
export function decodeBatch(text: string): Batch {
  const first = text.indexOf('\n');
  const time = Number(text.slice(0, first));
  const entries: Entry[] = [];
  for (let at = first + 1; at < text.length; ) {
    const line = text.indexOf('\n', at);
    const fields = text.slice(at, line).split('\t');
    const [device = '', topic = '', qos, retain, expires, id = '', seq, length, demand = '', correlation] =
      fields;
    at = line + 1 + Number(length);
    const payload = text.slice(line + 1, at);
    if (line < 0 || fields.length < FIELDS || payload.length !== Number(length))
      throw new Error('a torn batch');
    const quality = Number(qos) as Entry['qos'];
    entries.push({
      device,
      topic,
      payload,
      qos: quality,
      retain: retain === '1',
      expires: Number(expires),
      id,
      seq: Number(seq),
      ...(demand === '' ? {} : { demand: JSON.parse(demand) }),
      ...(correlation === undefined ? {} : { correlation }),
    });
  }
  if (first < 0 || Number.isNaN(time)) throw new Error('a torn batch');
  return { time, entries };
}

const FIELDS = 8;

function encodeRare(demand: Entry['demand'], correlation: Entry['correlation']): string {
  if (demand === undefined && correlation === undefined) return '';
  const demanded = demand === undefined ? '' : JSON.stringify(demand);
  return correlation === undefined ? `\t${demanded}` : `\t${demanded}\t${correlation}`;
}
