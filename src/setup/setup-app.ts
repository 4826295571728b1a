/** What setup works on: an open data directory, connected with the vendors. */
import type { Pipeline } from '../pipeline/create-pipeline.js';
import type { Environment } from '../storage/home/environment.js';
import type { Home } from '../storage/home/home.js';
import type { LiveConfiguration } from '../storage/settings/configuration.js';
import type { SecretStore } from '../storage/settings/secret-store.js';
import type { SettingsStore } from '../storage/settings/settings-store.js';
import type { ClientFactory } from '../vendors/client-factory.js';
import type { LeverLogin } from '../vendors/lever/login/login.js';
import type { Vendors } from '../vendors/vendor-clients.js';

export interface SetupApp extends Pipeline {
  home: Home;
  runtime: { env: Environment; version: string };
  settings: SettingsStore;
  secrets: SecretStore;
  configuration: LiveConfiguration;
  clients: ClientFactory;
  login: LeverLogin;
  vendors: Vendors;
}
