// How a TLS peer is judged, for devices and brokers alike: own CA, pinned fingerprint, or not at all.

/** How a peer's certificate is judged; with none of them, by the system's own roots and the host's name. */
export interface PeerTls {
  /** PEM text of the accepted authorities. */
  ca?: string;
  /** SHA-256 of the accepted certificate, upper-case hex with colons (as Node prints it). */
  fingerprint?: string;
  insecure?: boolean;
  /** PEM text of our own certificate and its key, where the peer wants one. */
  cert?: string;
  key?: string;
}
