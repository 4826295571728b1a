/** Whether a vendor accepts us. What fixes a rejection: a new key or login, in the place the current one comes from. */
import { rejectionOf, ApiError, type Rejection, type Vendor } from '../../domain/errors.js';
import { recordRejected } from '../../net/circuit.js';
import { credentialsOf, failureInWords, VENDOR_NAMES } from '../../domain/failure-words.js';
import type { LiveConfiguration } from '../../store/settings/configuration.js';
import { whereToPutKey, isLogin, newLeverRights } from '../setup/lever-rights.js';
import type { Inspection } from './inspection.js';
import type { Answer, Fact, Known, Wrong } from './fact.js';
import { isSendingRejected } from '../../store/integration-store.js';
import { codesubmitHost, leverHosts } from '../../store/settings/vendor-addresses.js';

const TRIES_AGAIN =
  'The daemon tries again every five minutes. To continue at once, run: codesubmit-lever setup';

/** The problem that a vendor rejects our account, and what an admin is to do, in the words that all commands use. */
function describeRefusal(
  configuration: LiveConfiguration,
  vendor: Vendor,
  { kind, why }: Rejection,
): Wrong {
  // `means`: what the rejection means, as the first half of a sentence.
  const problem = (means: string, fix: string): Wrong => ({
    code: kind === 'other_account' ? kind : 'needs_reauth',
    vendor,
    subject: vendor,
    what: `${means}, so everything waits (${why})`,
    fix,
  });
  const onCodeSubmit = (): string =>
    `on CodeSubmit’s integrations page, ${whereToPutKey(configuration, 'codesubmit_api_key')}`;
  if (kind === 'other_account') {
    const give = isLogin(configuration)
      ? 'Ask a Super Admin of the right account to log in: codesubmit-lever setup --new-login'
      : `Use a key from the right account, ${whereToPutKey(configuration, 'lever_api_key')}`;
    return problem(
      'The Lever key or login belongs to another account than this integration',
      `${give}; to switch accounts, first run: codesubmit-lever revoke`,
    );
  }
  if (kind === 'no_sending') {
    return problem(
      'CodeSubmit accepts the key, but doesn’t let it send challenges',
      `The key’s owner may be a Reviewer. Create a key as Admin or Hiring Manager ${onCodeSubmit()}`,
    );
  }
  const name = VENDOR_NAMES[vendor];
  if (kind === 'unpaid')
    return problem(`${name} requires payment`, `Renew your ${name} subscription. ${TRIES_AGAIN}`);
  const means = `${name} rejects ${credentialsOf(vendor)}`;
  if (vendor === 'codesubmit') return problem(means, `Create a new key ${onCodeSubmit()}`);
  const fix = isLogin(configuration)
    ? 'Ask a Super Admin to log in again: codesubmit-lever setup'
    : newLeverRights(configuration, '');
  return problem(means, fix);
}

/** The stored rejection by this vendor, as a problem; undefined if there is none. Calls no vendor. */
export function findRefusal(known: Known, vendor: Vendor): Wrong | undefined {
  const row = known.integration.read();
  const since = row[`${vendor}_refused_at`];
  const kind = row[`${vendor}_refusal_kind`];
  if (since === null || kind === null) return undefined;
  const why = row[`${vendor}_refusal`] ?? '';
  return { ...describeRefusal(known.configuration, vendor, { kind, why }), since };
}

/**
 * Whether the vendor accepts us now, by a call. If it does while a rejection is stored, that is reported: sending still
 * waits. A new rejection is recorded, and then everything waits. It isn't recorded where a variable overrides the
 * stored key: the daemon may be using another key than this process.
 */
async function askAccount(inspection: Inspection, vendor: Vendor): Promise<Answer> {
  const { app, settings } = inspection;
  const { configuration, integration } = app;
  // If another key or login is stored during the call, a rejection of this one says nothing of that.
  const isKeyInForce = configuration.watch();
  try {
    const fine = await callVendor(inspection, vendor);
    const refused = findRefusal(app, vendor);
    if (!refused) return fine;
    // The call only reads, which shows nothing of an unpaid subscription, or of an owner who may not send.
    if (vendor === 'codesubmit' && isSendingRejected(integration.read())) return refused;
    return {
      what: `${VENDOR_NAMES[vendor]} accepts us again, but sending still waits`,
      fix: TRIES_AGAIN,
    };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.kind !== 'unauthorized') {
      const hosts = vendor === 'lever' ? leverHosts(settings) : [codesubmitHost(settings)];
      return {
        what: failureInWords(error),
        fix: `Check that this machine reaches ${hosts.join(' and ')}, or wait until ${VENDOR_NAMES[vendor]} works again. Then run: codesubmit-lever doctor`,
      };
    }
    const rejection = rejectionOf(error);
    if (!configuration.isOverridden(`${vendor}_api_key`))
      await recordRejected(app, vendor, rejection, isKeyInForce);
    return describeRefusal(configuration, vendor, rejection);
  }
}

/** Calls the vendor with our key or login. Returns the sentence that says that it works. */
async function callVendor({ settings, vendors }: Inspection, vendor: Vendor): Promise<string> {
  if (vendor === 'codesubmit') {
    const account = await vendors().codesubmit().checkKey();
    return `The API key works${account === '' ? '' : ` (${account})`}`;
  }
  await vendors().lever().checkKey();
  const what = settings.leverAuth === 'oauth' ? 'The login' : 'The API key';
  return `${what} works (${settings.leverEnvironment})`;
}

/** The fact that the vendor accepts our key or login. */
export function accountFact(vendor: Vendor): Fact {
  return {
    id: vendor,
    title: VENDOR_NAMES[vendor],
    vendor,
    stops: 'everything',
    isUnready: true,
    find: (known) => findRefusal(known, vendor),
    ask: (inspection) => askAccount(inspection, vendor),
    pace: 'daily',
  };
}
