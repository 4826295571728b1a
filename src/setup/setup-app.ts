/** What setup works on: an open data directory, connected with the vendors. */
import type { Pipeline } from '../pipeline/create-pipeline.js';
import type { Environment } from '../storage/home/environment.js';
import type { Home } from '../storage/home/home.js';
import type { LiveConfiguration } from '../storage/settings/configuration.js';
import type { SecretStore } from '../storage/settings/secret-store.js';
import type { SettingsStore } from '../storage/settings/settings-store.js';
import type { AccountStore } from '../storage/state/account-store.js';
import type { PendingLoginStore } from '../storage/state/pending-login-store.js';
import type { ClientFactory } from '../vendors/client-factory.js';
import type { LeverAccount } from '../vendors/lever/login/lever-account.js';
import type { LeverLogin } from '../vendors/lever/login/login.js';
import type { Vendors } from '../vendors/vendor-clients.js';

export interface SetupApp extends Pipeline {
  account: AccountStore;
  home: Home;
  runtime: { env: Environment; version: string };
  settings: SettingsStore;
  secrets: SecretStore;
  configuration: LiveConfiguration;
  pendingLogins: PendingLoginStore;
  clients: ClientFactory;
  leverAccount: LeverAccount;
  login: LeverLogin;
  vendors: Vendors;
}
