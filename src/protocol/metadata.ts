// Metadata documents (and whatever else holds wsnt:NotificationMessage) to notifications.
import { SaxesParser } from 'saxes';
import type { Notification } from '../event.ts';
import { fail, isBridgeError } from '../util/errors.ts';
import { createFormReader } from './known-form.ts';
import { createNotificationSink, type NotificationSink } from './notification-sink.ts';
import { decodeXml } from './text.ts';
import { scanPlainXml } from './xml-scan.ts';
import { makeTag } from './xml-tag.ts';

/** The largest metadata document that is read; larger ones are refused (DEPENDENCIES: saxes). */
export const MAX_DOCUMENT = 256 * 1024;

/**
 * Every notification of an ONVIF metadata document, a SOAP answer or a bare fragment, in order, with every item.
 * All or nothing: a document that breaks off or is malformed yields none, so that nothing is half read; other roots
 * and stray bytes after the first root are no error. Reads nothing but documents of up to `maxBytes`, 64 levels.
 * @throws PROTOCOL where the document cannot be read; nothing else.
 */
export function readMetadata(document: Buffer | string, maxBytes = MAX_DOCUMENT): Notification[] {
  return readWhole(textOf(document, maxBytes));
}

const readByForm = createFormReader(readPlainXml);

/** The same of a document of a stream, where most are of a form that is known by then. */
export function readStreamDocument(document: Buffer): Notification[] {
  const xml = textOf(document, MAX_DOCUMENT);
  return readByForm(xml) ?? readWhole(xml);
}

function textOf(document: Buffer | string, maxBytes: number): string {
  if (document.length > maxBytes)
    throw fail('PROTOCOL', `the document has ${document.length} bytes, ${maxBytes} is the most`);
  return typeof document === 'string' ? document : decodeXml(document);
}

function readWhole(xml: string): Notification[] {
  return readPlainXml(xml) ?? readAnyXml(xml);
}

/** The same of a document's text, undefined where it takes a full parser to read it. */
export function readPlainXml(xml: string): Notification[] | undefined {
  const sink = createNotificationSink();
  return scanPlainXml(xml, sink) ? sink.notifications : undefined;
}

function readAnyXml(xml: string): Notification[] {
  const text = xml.trimStart();
  if (text === '') return [];
  const sink = createNotificationSink();
  try {
    createParser(sink).write(text).close();
  } catch (error) {
    throw isBridgeError(error) ? error : malformed(error);
  }
  return sink.notifications;
}

/** A full parser in front of the sink: well-formedness is its job, namespaces are the sink's. */
function createParser(sink: NotificationSink): SaxesParser<{ position: false }> {
  const parser = new SaxesParser({ position: false });
  parser.on('opentag', tag => sink.open(makeTag(tag.name, Object.entries(tag.attributes).flat())));
  parser.on('text', text => sink.text(text));
  parser.on('cdata', text => sink.text(text));
  parser.on('closetag', () => sink.close());
  parser.on('doctype', () => {
    throw fail('PROTOCOL', 'the document has a DOCTYPE, which is refused');
  });
  // After the first root there may be another one, or anything at all.
  parser.on('error', error => {
    if (!sink.complete() && !/only one root/.test(error.message)) throw error;
  });
  return parser;
}

function malformed(error: unknown): Error {
  const text = error instanceof Error ? error.message : String(error);
  return fail('PROTOCOL', `the XML is not well-formed: ${text.slice(0, 120)}`);
}
