// Metadata documents (and whatever else holds wsnt:NotificationMessage) to notifications.
import { fail, isBridgeError } from '../util/errors.ts';
import { atOnce, type Steps } from '../util/steps.ts';
import { createFormReader } from './known-form.ts';
import type { Scope } from './namespaces.ts';
import { createNotificationSink, type ReadResult } from './notification-sink.ts';
import { recoverNotifications } from './recovery.ts';
import { decodeText } from './text.ts';
import { limitMarkup, readXml } from './xml-reader.ts';

/** The largest metadata document that is read. */
export const MAX_DOCUMENT = 256 * 1024;
/** Tags and attributes of one document: a hundred notifications have about 5,000. */
const MAX_MARKUP = 20_000;

/**
 * Every notification of an ONVIF metadata document, a SOAP answer or a bare fragment, in order, with every item; one
 * that cannot be read costs only itself, and of a document that is damaged the others are found all the same.
 * @throws PROTOCOL where nothing can be read of it, TOO_LARGE past `maxBytes`, or past 20,000 tags and attributes.
 */
export function readMetadata(document: Buffer | string, maxBytes = MAX_DOCUMENT): ReadResult {
  return atOnce(readMetadataInSteps(document, maxBytes));
}

/** The same, in steps. */
export function* readMetadataInSteps(document: Buffer | string, maxBytes = MAX_DOCUMENT): Steps<ReadResult> {
  return yield* readText(textOf(document, maxBytes));
}

const readByForm = createFormReader(readPerfect);

/** The same of a document of a stream, where most are of a form that is known by then. */
export function readStreamDocument(document: Buffer): ReadResult {
  const xml = textOf(document, MAX_DOCUMENT);
  const notifications = readByForm(xml);
  return notifications === undefined ? atOnce(readText(xml)) : { notifications, unreadable: [] };
}

/** The notifications of a document in which nothing is wrong; undefined of any other. */
export function readPerfect(xml: string): ReadResult['notifications'] | undefined {
  try {
    const { notifications, unreadable } = atOnce(readStrictly(xml));
    return unreadable.length === 0 ? notifications : undefined;
  } catch {
    return undefined;
  }
}

function textOf(document: Buffer | string, maxBytes: number): string {
  if (document.length > maxBytes)
    throw fail('TOO_LARGE', `the document has ${document.length} bytes, ${maxBytes} is the most`);
  return typeof document === 'string' ? document : decodeText(document);
}

function* readText(xml: string): Steps<ReadResult> {
  limitMarkup(xml, MAX_MARKUP);
  try {
    return yield* readStrictly(xml);
  } catch (error) {
    const isDamaged = isBridgeError(error) && error.code === 'PROTOCOL' && !/<!DOCTYPE/i.test(xml);
    const found = isDamaged ? yield* recoverNotifications(xml, readStrictly) : undefined;
    if (found === undefined) throw error;
    return found;
  }
}

/** @throws PROTOCOL where it is malformed before the end of its root, or another document follows. */
function* readStrictly(xml: string, scope?: Scope): Steps<ReadResult> {
  const sink = createNotificationSink(scope);
  const end = yield* readXml(xml, sink);
  if (xml.indexOf('NotificationMessage', end) >= 0)
    throw fail('PROTOCOL', 'the XML has more than one root element');
  return sink.result;
}
