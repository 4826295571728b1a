/** What setup works on: an open data directory, connected with the vendors. */
import type { Bridge } from '../../bridge/bridge.js';
import type { Environment } from '../../store/home/environment.js';
import type { Home } from '../../store/home/home.js';
import type { LiveConfiguration } from '../../store/settings/configuration.js';
import type { SecretStore } from '../../store/settings/secret-store.js';
import type { SettingsStore } from '../../store/settings/settings-store.js';
import type { CallSettings } from '../../net/shared-rate.js';
import type { LeverLogin } from '../../lever/login.js';
import type { Vendors } from '../../bridge/vendor-clients.js';

export interface SetupApp extends Bridge {
  home: Home;
  runtime: { env: Environment; version: string };
  settings: SettingsStore;
  secrets: SecretStore;
  configuration: LiveConfiguration;
  calls: CallSettings;
  login: LeverLogin;
  vendors: Vendors;
}
