/** Connects an open data directory with the two vendors: the stored keys, and the login to Lever. */
import { ClientFactory } from '../vendors/client-factory.js';
import { LeverAccount } from '../vendors/lever/login/lever-account.js';
import { LoginRequests } from '../vendors/lever/login/login-requests.js';
import { LeverCredentials, LeverLogin } from '../vendors/lever/login/login.js';
import { LoginRenewals } from '../vendors/lever/login/oauth-auth.js';
import { Vendors } from '../vendors/vendor-clients.js';
import type { AppContext } from './app-context.js';

export type ConnectedApp = ReturnType<typeof connectVendors>;

/** Calls no vendor yet. */
export function connectVendors(app: AppContext) {
  const { database, secrets, settings, integration, pendingLogins, configuration, clock } = app;
  const { http, leverRate, home, refusals } = app;
  const clients = new ClientFactory(leverRate, http);
  const account = new LeverAccount(app);
  const renewals = new LoginRenewals({
    ...{ database, secrets, clock },
    refreshLock: home.refreshLock,
    onRejected: (rejection) => refusals.note('lever', rejection),
  });
  const credentials = new LeverCredentials({ settings, secrets, pendingLogins, clock });
  const requests = new LoginRequests({
    ...{ database, pendingLogins, configuration, integration, clock, http },
  });
  return {
    ...app,
    clients,
    leverAccount: account,
    loginRenewals: renewals,
    leverCredentials: credentials,
    loginRequests: requests,
    login: new LeverLogin({ database, integration, clients, requests, credentials, account }),
    vendors: new Vendors({ configuration, clients, account, renewals }),
  };
}
