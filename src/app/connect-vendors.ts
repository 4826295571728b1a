/** Connects an open data directory with the two vendors: the stored keys, and the login to Lever. */
import { noteRejected } from '../pipeline/circuit.js';
import { ClientFactory } from '../vendors/client-factory.js';
import { LeverLogin } from '../vendors/lever/login/login.js';
import { LoginRenewals } from '../vendors/lever/login/oauth-auth.js';
import { Vendors } from '../vendors/vendor-clients.js';
import type { AppContext } from './app-context.js';

export type ConnectedApp = ReturnType<typeof connectVendors>;

/** Calls no vendor yet. */
export function connectVendors(app: AppContext) {
  const clients = new ClientFactory(app.leverRate, app.http);
  const renewals = new LoginRenewals(app, (...rejected) => noteRejected(app, 'lever', ...rejected));
  return {
    ...app,
    clients,
    loginRenewals: renewals,
    login: new LeverLogin({ ...app, clients }),
    vendors: new Vendors(app, clients, renewals),
  };
}
