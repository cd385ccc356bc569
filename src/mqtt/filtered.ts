// A broker's connection as the MQTT library gets it: without what this side deals with itself.
import { Duplex } from 'node:stream';
import { fail } from '../util/errors.ts';
import { Frames } from './frames.ts';

export interface FilteredOptions {
  /** Bytes of the largest packet that is held. */
  max: number;
  /** The server, for errors. */
  name: string;
}

/**
 * Gives the stream for the library, and the frames that what is read goes through; what is written goes to `source` as
 * it is. It ends with `source` and ends it, with TOO_LARGE at a packet past `max` that is not passed over.
 */
export function filtered(source: Duplex, { max, name }: FilteredOptions): { stream: Duplex; frames: Frames } {
  const stream = new Duplex({
    read() {
      source.resume();
    },
    // The library writes a packet in many pieces. Why a write fails the source's own error tells best.
    writev(chunks, done) {
      source.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), () => done());
    },
    final: done => source.end(() => done()),
    destroy(error, done) {
      source.destroy();
      done(error);
    },
  });
  const frames = new Frames({
    max,
    tooLarge: () => stream.destroy(fail('TOO_LARGE', `${name} sent a packet of more than ${max} bytes`)),
    pass(bytes) {
      if (!stream.push(bytes)) source.pause();
    },
  });
  source.on('data', (chunk: Buffer) => frames.take(chunk));
  source.on('error', error => stream.destroy(error));
  source.on('end', () => {
    stream.push(null);
    stream.end();
  });
  source.on('close', () => {
    if (!source.readableEnded) stream.destroy();
  });
  return { stream, frames };
}
