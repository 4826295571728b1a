/** What a client to one vendor is made of. */
import type { ApiErrorKind, Vendor } from '../domain/errors.js';
import type { Method } from './send-request.js';

/** One finished exchange, for logs and metrics; holds nothing personal. */
export interface Exchange {
  vendor: Vendor;
  route: string;
  method: Method;
  /** Null when no whole reply came. */
  status: number | null;
  durationMs: number;
  outcome: 'ok' | ApiErrorKind;
  /** The vendor's own clock at the reply (`Date` header), epoch ms; null when none came. */
  vendorNow: number | null;
}

/** A whole reply as it came. Its body holds personal data: only its shape may be kept. */
export interface SeenReply {
  vendor: Vendor;
  route: string;
  isWrite: boolean;
  status: number;
  body: unknown;
}

/** What the wiring hands to every vendor's client alike. */
export interface HttpSettings {
  /** The package's version, for the User-Agent. */
  version: string;
  /** A read's whole time; 30 s by default. */
  readTimeoutMs?: number;
  /** A write's whole time; 60 s by default. */
  writeTimeoutMs?: number;
  /** Until the connection stands; 10 s by default. */
  connectTimeoutMs?: number;
  /** The longest reply taken, decompressed; 4 MiB by default. */
  maxBytes?: number;
  /** The proxy for a URL, or ''; by default HTTPS_PROXY and NO_PROXY decide. Never asked for loopback. */
  proxyFor?: (url: string) => string;
  onExchange?: (exchange: Exchange) => void;
  onReply?: (reply: SeenReply) => void;
  /** Cancels whatever the client is doing. */
  signal?: AbortSignal;
}

export interface HttpClientOptions extends HttpSettings {
  vendor: Vendor;
  baseUrl: string;
  /** The setting that `baseUrl` comes from, for the complaint about it. */
  baseUrlName: string;
  /** Headers that carry the credentials; asked anew for each request. */
  authorize: () => Promise<Record<string, string>>;
  /**
   * Asked when a reply is a 401, which had no effect: other headers to repeat the request with, once, or null when these
   * are all there is.
   */
  renew?: (refused: Record<string, string>) => Promise<Record<string, string> | null>;
  /** Awaited before every request and not counted in its time: the place for a rate limit. */
  beforeRequest?: () => Promise<void>;
}
