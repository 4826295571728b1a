/** Builds what `setup` is done with, on an open data directory. */
import { noteRejected } from '../pipeline/circuit.js';
import { findRecipients } from '../operate/preview/recipients.js';
import { Activation } from '../setup/activation.js';
import { OwnAddresses } from '../setup/own-addresses.js';
import type { Setup } from '../setup/setup-from-answers.js';
import { AnswerKeeper, SetupSession } from '../setup/setup-session.js';
import { StoredAnswers } from '../setup/stored-answers.js';
import { VendorChecks } from '../setup/vendor-checks.js';
import { noteForeignWebhooks } from '../setup/foreign-webhooks.js';
import type { ConnectedApp } from './connect-vendors.js';

export function createSetup(app: ConnectedApp): Setup {
  const { database, integration, login, leverAccount: account } = app;
  const { settings, secrets, configuration, home, clock, runtime } = app;
  const { vendors, clients, rules } = app;
  const stored = new StoredAnswers({
    ...{ settings, secrets, configuration, home, clock },
    env: runtime.env,
  });
  const keeper = new AnswerKeeper({
    ...{ settings, secrets, integration, clock },
    pendingLogins: app.pendingLogins,
  });
  const checks = new VendorChecks({
    ...{ stored, vendors, clients, account },
    onOtherAccount: (why) => noteRejected(app, 'lever', { kind: 'other_account', why }),
  });
  const addresses = new OwnAddresses({
    ...{ stored, secrets, clock },
    version: runtime.version,
  });
  return {
    login,
    session: new SetupSession({ database, integration }, stored, keeper, checks, addresses),
    activation: new Activation({ integration, rules, account, clock }),
    findRecipients: (
      { settings: inSetup, lever, codesubmit, codesubmitApiKey },
      planned,
      onProgress,
    ) =>
      findRecipients(
        {
          ...app,
          inForce: { settings: inSetup, codesubmitApiKey },
          vendors: { lever: () => lever, codesubmit: () => codesubmit },
        },
        planned,
        onProgress,
      ),
    noteForeignWebhooks: (used) => noteForeignWebhooks(app, used),
  };
}
