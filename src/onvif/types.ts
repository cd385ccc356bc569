// What is asked of a device's ONVIF services, and what asks it.
import type { OnvifRequest, PullPoint } from '../protocol/pullpoint.ts';
import type { XmlElement } from '../protocol/xml-tree.ts';

/** Paths and queries. */
export interface ServicePaths {
  device: string;
  events: string;
}

export interface OnvifCall {
  request: OnvifRequest;
  path: string;
  /** Where the call is to a pull point. */
  point?: PullPoint;
  /** Until the answer is there; default 10,000. */
  ms?: number;
  /** On a connection of its own. */
  alone?: boolean;
  /** It takes what it is answered: never sent twice. */
  once?: boolean;
  signal: AbortSignal;
}

export interface OnvifAnswer {
  status: number;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
  text: string;
}

export interface OnvifClient {
  /**
   * Gives the answer to a call, be it a fault. Rejects with the errors of the HTTP client, or the signal's reason.
   * The first call finds out which login the device wants; where none is right it is AUTH, after one attempt of each.
   */
  call(call: OnvifCall): Promise<OnvifAnswer>;
  /** The body of an answer that is no fault. Rejects with the error that a fault means, REFUSED or PROTOCOL too. */
  ask(call: OnvifCall): Promise<{ body: XmlElement; headers: OnvifAnswer['headers'] }>;
  /** Where its services are; asked once. */
  services(signal: AbortSignal): Promise<ServicePaths>;
  /** How far its clock is from ours (ms), as it says. */
  skew(signal: AbortSignal): Promise<number>;
  /** The realm of the login, undefined where HTTP asked for none. */
  readonly realm: string | undefined;
  close(): void;
}
