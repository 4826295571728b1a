/** What fixes an account that a vendor refuses: a new key or login, there where the old one comes from. */
import { readSecretVariable, type Environment } from '../../storage/home/environment.js';
import { effectiveSettings } from '../../storage/settings/settings.js';
import { AppError, type Vendor } from '../../domain/errors.js';
import { VENDOR_NAMES } from '../../domain/failure-words.js';
import { OTHER_ACCOUNT } from '../../domain/lever-account.js';
import type { LiveConfiguration } from '../../storage/settings/configuration.js';
import type { SettingsStore } from '../../storage/settings/settings-store.js';

const IN_USE_AGAIN = 'then run: codesubmit-lever setup';

/** Where the key or login in use comes from. */
export interface CredentialSources {
  settings: SettingsStore;
  configuration: LiveConfiguration;
  runtime: { env: Environment };
}

/** Where a new key goes: what stands in the environment wins over what is stored. */
function giveKey(
  { runtime: { env }, configuration }: CredentialSources,
  variable: string,
  flag: string,
): string {
  const ofDaemon = (configuration.row().daemon_environment ?? '').split(' ');
  const isOverridden =
    ofDaemon.includes(variable) || readSecretVariable(env, variable) !== undefined;
  if (!isOverridden) return `${IN_USE_AGAIN} ${flag} FILE`;
  return `put it into ${variable}, where the daemon runs too, ${IN_USE_AGAIN}`;
}

/** A key that may do what is missing: Lever chooses the rights of a key when it is made, for good. */
function newLeverKey(sources: CredentialSources, rights = ''): string {
  const key = giveKey(sources, 'LEVER_API_KEY', '--lever-api-key-file');
  return `Make a new key${rights} in Lever, ${key}`;
}

/** A key, or a login, that may do what is missing; ` with the right to …` follows what is to be made. */
export function newLeverRights(sources: CredentialSources, rights: string): string {
  return isLogin(sources)
    ? `Let Lever’s app ask for a login${rights}, then let a Super Admin log in anew: codesubmit-lever setup --new-login`
    : newLeverKey(sources, rights);
}

// Not the whole configuration: the key may not open its secrets.
function isLogin({ settings, runtime }: CredentialSources): boolean {
  return effectiveSettings(settings.load(), runtime.env).leverAuth === 'oauth';
}

function useSameAccount(sources: CredentialSources): string {
  const give = isLogin(sources)
    ? 'Let a Super Admin of the right account log in: codesubmit-lever setup --new-login'
    : `Use a key of the right account (see LEVER_API_KEY in the daemon’s environment too): codesubmit-lever setup --lever-api-key-file FILE`;
  return `${give}; to switch accounts run first: codesubmit-lever revoke`;
}

/** What the vendor's refusal of our account amounts to, without its full stop. */
export function refusalInWords(vendor: Vendor, why: string): string {
  if (why.includes(OTHER_ACCOUNT)) {
    return 'The Lever key or login in use belongs to another account than the one this integration is set up for';
  }
  return `${VENDOR_NAMES[vendor]} refuses the account`;
}

/** `why` is how the vendor said so. */
export function reconnect(sources: CredentialSources, vendor: Vendor, why = ''): string {
  if (vendor === 'codesubmit') {
    if (/ 402 /.test(why)) return `See to CodeSubmit’s subscription there, ${IN_USE_AGAIN}`;
    const key = giveKey(sources, 'CODESUBMIT_API_KEY', '--codesubmit-api-key-file');
    return `Make a new key on CodeSubmit’s integrations page, ${key}`;
  }
  if (why.includes(OTHER_ACCOUNT)) return useSameAccount(sources);
  return isLogin(sources)
    ? 'Let a Super Admin log in again: codesubmit-lever setup'
    : newLeverKey(sources);
}

/** For what needs to read candidates. */
export function leverRefuses(sources: CredentialSources): AppError {
  const fix = reconnect(sources, 'lever');
  return new AppError('vendor', 'Lever refuses the key or login, so nobody can be read.', fix);
}
