// A document of a device as a case of fixtures/: what the bridge makes of it when it comes alone.
import type { CameraEvent, Notification, TopicDeclaration } from '../../event.ts';
import { normalize } from '../../normalize/normalize.ts';
import { decodeEventInstances } from '../../protocol/event-instances.ts';
import { readStreamMessage } from '../../protocol/event-stream.ts';
import { readMetadata } from '../../protocol/metadata.ts';
import { readPullAnswer } from '../../protocol/pull-answer.ts';
import { decodeText } from '../../protocol/text.ts';
import { fromSystem } from '../../util/errors.ts';

/** How a document reached the bridge; each has a folder in fixtures/. */
export const FORMATS = ['metadata', 'pull', 'websocket', 'declarations'] as const;
export type Format = (typeof FORMATS)[number];

/** What belongs to a document and does not stand in it. */
export interface CaseMeta {
  /** What the case is about, for people. */
  about: string;
  /** Of the device, where known: `P3265-LVE 11.11.77`. */
  device?: string;
  serial: string;
  /** What the device declares of the topics in it. */
  declarations: readonly TopicDeclaration[];
}

/** An event without what differs from one delivery to the next. */
type Lasting = Omit<CameraEvent, 'id' | 'device' | 'received' | 'labels'>;

/** What is expected of a document: its events, or what it declares, or the code of the error that refuses it. */
export type Outcome = Lasting[] | TopicDeclaration[] | { error: string };

const READERS: Readonly<Record<Exclude<Format, 'declarations'>, (input: Buffer) => Notification[]>> = {
  metadata: input => readMetadata(input).notifications,
  pull: input => readPullAnswer(decodeText(input)).notifications,
  websocket: input => {
    const message = readStreamMessage(input);
    return 'event' in message ? [message.event] : [];
  },
};

/** Reads and normalizes a document; a property that does not say its operation is heard for the first time. */
export function replay(format: Format, input: Buffer, meta: CaseMeta): Outcome {
  try {
    if (format === 'declarations') return [...decodeEventInstances(input).values()];
    return READERS[format](input).map(notification => lasting(notification, meta));
  } catch (error) {
    return { error: fromSystem(error, format).code };
  }
}

function lasting(notification: Notification, { serial, declarations }: CaseMeta): Lasting {
  const event = normalize(notification, {
    serial,
    declaration: declarations.find(({ topic }) => topic === notification.topic),
    operation: 'initialized',
    ...{ id: '', device: '', labels: {}, received: 0, resync: false },
    ...{ cut: undefined, dropped: undefined },
  });
  const { id: _, device: __, received: ___, labels: ____, ...rest } = event;
  return rest;
}
