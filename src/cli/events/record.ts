// Writes what a device says as cases for fixtures/: the document without secrets, and what the bridge makes of it.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CameraConfig } from '../../config/types.ts';
import type { TopicDeclaration } from '../../event.ts';
import { fail } from '../../util/errors.ts';
import { topicSegments } from '../../util/topic.ts';
import { createRedact, NO_SERIAL } from './redact.ts';
import { type CaseMeta, type Format, type Outcome, replay } from './replay.ts';
import type { RawDocument } from './tail.ts';

/** Cases that are kept; a device that invents topics must not fill the disk. */
const CASES_MAX = 1000;
const BYTES_MAX = 32 * 1024 * 1024;
const FORMAT_OF: Readonly<Partial<Record<RawDocument['via'], Format>>> = {
  rtsp: 'metadata',
  pullpoint: 'pull',
  websocket: 'websocket',
  declarations: 'declarations',
};

export interface RecordOptions {
  camera: CameraConfig;
  directory: string;
  keepSerial: boolean;
}

export interface Recorder {
  take(document: RawDocument): void;
  /** The device's serial number, once it is known. */
  heard(serial: string): void;
  /** Writes a case for each thing that was said in another way; gives a line on what was written. */
  write(): Promise<string>;
}

interface Found {
  format: Format;
  input: Buffer;
}

export function createRecorder({ camera, directory, keepSerial }: RecordOptions): Recorder {
  const found = new Map<string, Found>();
  let bytesKept = 0;
  let serial = camera.serial ?? '';
  let declarations: readonly TopicDeclaration[] = [];
  return {
    take({ via, bytes }) {
      const format = FORMAT_OF[via];
      if (format === undefined) return;
      const outcome = replay(format, bytes, metaOf());
      if (format === 'declarations' && !('error' in outcome)) declarations = outcome as TopicDeclaration[];
      const key = `${format}/${nameOf(outcome)}`;
      if (found.has(key) || found.size >= CASES_MAX || bytesKept + bytes.length > BYTES_MAX) return;
      bytesKept += bytes.length;
      found.set(key, { format, input: Buffer.from(bytes) });
    },
    heard(said) {
      serial = said || serial;
    },
    async write() {
      const redact = createRedact({ camera, serial, keepSerial });
      const shown = keepSerial && serial !== '' ? serial : NO_SERIAL;
      let written = 0;
      for (const { format, input } of found.values()) {
        const made = makeCase({ format, input }, { redact, declarations, serial: shown });
        if (made === undefined) continue;
        await writeCase(join(directory, format, nameOf(made.expected)), format, made);
        written += 1;
      }
      const left = found.size - written;
      const unsafe = left === 0 ? '' : `; ${left} left out, since they could not be made safe`;
      return `${written} cases in ${directory}${unsafe}. Read them before you pass them on.\n`;
    },
  };
}

interface Case {
  input: Buffer;
  expected: Outcome;
  meta: CaseMeta;
}

interface Making {
  redact(document: Buffer): Buffer;
  declarations: readonly TopicDeclaration[];
  serial: string;
}

/**
 * Undefined where a document cannot be redacted: it is UTF-16, it can no longer be read as before, or what it says
 * once it is read still holds something to take out (written in a way that was not seen in its bytes).
 */
function makeCase({ format, input }: Found, { redact, declarations, serial }: Making): Case | undefined {
  if (/^(\xfe\xff|\xff\xfe)/.test(input.toString('latin1', 0, 2))) return undefined;
  const cleaned = redact(input);
  const topics = new Set(topicsOf(replay(format, cleaned, metaOf(serial))));
  const declared = format === 'declarations' ? [] : declarations.filter(({ topic }) => topics.has(topic));
  const meta: CaseMeta = JSON.parse(redact(Buffer.from(JSON.stringify(metaOf(serial, declared)))).toString());
  const expected = replay(format, cleaned, meta);
  const text = Buffer.from(JSON.stringify(expected));
  const broke = countOf(expected) !== countOf(replay(format, input, meta));
  return broke || !redact(text).equals(text) ? undefined : { input: cleaned, expected, meta };
}

/** How much of a document is read: of one that is broken in a place, the rest. */
function countOf(outcome: Outcome): number {
  return 'error' in outcome ? 0 : outcome.length;
}

function metaOf(serial = '', declarations: readonly TopicDeclaration[] = []): CaseMeta {
  return { about: 'recorded', serial, declarations };
}

function topicsOf(outcome: Outcome): string[] {
  return 'error' in outcome ? [] : outcome.map(({ topic }) => topic);
}

/** What was said, and how: its first topic and operation. */
function nameOf(outcome: Outcome): string {
  if ('error' in outcome) return `refused-${outcome.error}`;
  const [first] = outcome;
  if (first === undefined) return 'empty';
  if ('property' in first) return `${outcome.length}-topics`;
  const parts = [...topicSegments(first.topic), first.operation ?? 'event'];
  const more = outcome.length > 1 ? [`and-${outcome.length - 1}-more`] : [];
  return [...parts, ...more]
    .map(part => part.replace(/[^\w-]/g, '_'))
    .join('-')
    .slice(0, 150);
}

async function writeCase(folder: string, format: Format, { input, expected, meta }: Case): Promise<void> {
  const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, format === 'websocket' ? 'input.json' : 'input.xml'), input);
    await writeFile(join(folder, 'expected.json'), json(expected));
    await writeFile(join(folder, 'meta.json'), json(meta));
  } catch (error) {
    throw fail('CONFIG', `--record: ${folder} cannot be written (${codeOf(error)})`);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
