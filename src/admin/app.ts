/** What the daemon and each command work with: the open data directory and both vendors. src/cli/context makes it. */
import type { Bridge } from '../bridge/bridge.js';
import type { Vendors } from '../bridge/vendor-clients.js';
import type { Clock } from '../domain/clock.js';
import type { Decision } from '../domain/reasons.js';
import type { Log } from '../domain/log.js';
import type { LoginRenewals } from '../lever/lever-auth.js';
import type { Exchange } from '../net/http-client.js';
import type { CallSettings } from '../net/shared-rate.js';
import type { Accepted, Deliveries } from '../store/deliveries.js';
import type { Environment } from '../store/home/environment.js';
import type { Home } from '../store/home/home.js';
import type { LiveConfiguration } from '../store/settings/configuration.js';
import type { SecretStore } from '../store/settings/secret-store.js';

/** The events that metrics count. Each function is called once the event is on disk; none throws or waits. */
export interface Observer {
  onAccepted: (accepted: Accepted) => void;
  /** Not for a decision that equals the opportunity's previous one. */
  onDecided: (decision: Decision) => void;
  /** A request to the webhook endpoint got this status, and nothing was stored. */
  onTurnedAway(status: number): void;
  onExchange: (exchange: Exchange) => void;
}

/** What the app needs from its process. */
export interface Runtime {
  env: Environment;
  /** The folder of the key files. */
  configFolder: string;
  clock: Clock;
  random: () => number;
  log: Log;
  /** The package's version. */
  version: string;
  /** Counts events, if metrics are served. */
  observer?: Observer;
}

/** The open data directory, with the clients of both vendors. */
export interface App extends Bridge, CallSettings {
  home: Home;
  runtime: Runtime;
  random: Runtime['random'];
  secrets: SecretStore;
  configuration: LiveConfiguration;
  deliveries: Deliveries;
  loginRenewals: LoginRenewals;
  vendors: Vendors;
  /** Opens the daemon’s server while no daemon runs; the daemon itself needs none. Throws `conflict`. */
  openServer?: () => Promise<{ close: () => Promise<void> }>;
}
