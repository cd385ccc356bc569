// The digest that a right login bears (RFC 7616 §3.4.1; without qop RFC 2069 §2.4).
import { createHash } from 'node:crypto';
import type { Algorithm } from '../options.ts';

export interface DigestInput {
  algorithm: Algorithm;
  username: string;
  realm: string;
  password: string;
  method: string;
  uri: string;
  nonce: string;
  /** Only with `qop=auth`. */
  fresh?: { nc: string; cnonce: string };
}

/** The `response` value, lower-case hexadecimal. */
export function digestResponse(input: DigestInput): string {
  const hash = (text: string) => createHash(input.algorithm).update(text).digest('hex');
  const account = hash(`${input.username}:${input.realm}:${input.password}`);
  const request = hash(`${input.method}:${input.uri}`);
  const middle = input.fresh ? `${input.nonce}:${input.fresh.nc}:${input.fresh.cnonce}:auth` : input.nonce;
  return hash(`${account}:${middle}:${request}`);
}
