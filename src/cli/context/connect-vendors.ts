/** Connects an open data directory with the two vendors: the stored keys, and the login to Lever. */
import { recordRejected } from '../../net/circuit.js';
import { LoginRenewals } from '../../lever/lever-auth.js';
import { Vendors } from '../../bridge/vendor-clients.js';
import type { App } from '../../admin/app.js';
import type { AppContext } from './open-app.js';

/** Calls no vendor yet. */
export function connectVendors(app: AppContext): App {
  // Lever's rejection of a login is recorded as for a key, so the work waits for a new one.
  const renewals = new LoginRenewals(app, (...rejected) =>
    recordRejected(app, 'lever', ...rejected),
  );
  return {
    ...app,
    loginRenewals: renewals,
    vendors: new Vendors(app, { leverRate: app.leverRate, http: app.http }, renewals),
  };
}
