/** Connects an open data directory with the two vendors: the stored keys, and the login to Lever. */
import { noteRejected } from '../pipeline/circuit.js';
import { ClientFactory } from '../vendors/client-factory.js';
import { LeverAccount } from '../vendors/lever/login/lever-account.js';
import { LeverLogin } from '../vendors/lever/login/login.js';
import { LoginRenewals } from '../vendors/lever/login/oauth-auth.js';
import { Vendors } from '../vendors/vendor-clients.js';
import type { AppContext } from './app-context.js';

export type ConnectedApp = ReturnType<typeof connectVendors>;

/** Calls no vendor yet. */
export function connectVendors(app: AppContext) {
  const { database, secrets, configuration, clock, http, leverRate, home } = app;
  const clients = new ClientFactory(leverRate, http);
  const account = new LeverAccount(app);
  const renewals = new LoginRenewals({
    ...{ database, secrets, clock },
    refreshLock: home.refreshLock,
    onRejected: (rejection) => noteRejected(app, 'lever', rejection),
  });
  return {
    ...app,
    clients,
    leverAccount: account,
    loginRenewals: renewals,
    login: new LeverLogin({ ...app, clients, account }),
    vendors: new Vendors({ configuration, clients, account, renewals }),
  };
}
