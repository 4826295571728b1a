/** What fixes a rejected account: a new key or login, in the place the current one comes from. */
import { readSecretVariable, type Environment } from '../../storage/home/environment.js';
import { effectiveSettings } from '../../storage/settings/settings.js';
import { AppError, type Vendor } from '../../domain/errors.js';
import { OTHER_ACCOUNT, VENDOR_NAMES } from '../../domain/failure-words.js';
import type { LiveConfiguration } from '../../storage/settings/configuration.js';
import type { SettingsStore } from '../../storage/settings/settings-store.js';

const IN_USE_AGAIN = 'then run: codesubmit-lever setup';

/** Where the current key or login comes from. */
export interface CredentialSources {
  settings: SettingsStore;
  configuration: LiveConfiguration;
  runtime: { env: Environment };
}

/** Where a new key goes: the environment wins over what is stored. */
function giveKey(
  { runtime: { env }, configuration }: CredentialSources,
  variable: string,
  flag: string,
): string {
  const ofDaemon = (configuration.row().daemon_environment ?? '').split(' ');
  const isOverridden =
    ofDaemon.includes(variable) || readSecretVariable(env, variable) !== undefined;
  if (!isOverridden) return `${IN_USE_AGAIN} ${flag} FILE`;
  return `put it in ${variable}, for the daemon too, ${IN_USE_AGAIN}`;
}

/** A key with the missing permission. Lever fixes a key's permissions when it is created. */
function newLeverKey(sources: CredentialSources, rights = ''): string {
  const key = giveKey(sources, 'LEVER_API_KEY', '--lever-api-key-file');
  return `Create a new key${rights} in Lever, ${key}`;
}

/**
 * A key or login with the missing permission; `rights` is inserted, such as ` with permission to
 * write`.
 */
export function newLeverRights(sources: CredentialSources, rights: string): string {
  return isLogin(sources)
    ? `Have Lever’s app request a login${rights}, then ask a Super Admin to log in again: codesubmit-lever setup --new-login`
    : newLeverKey(sources, rights);
}

// Not the whole configuration, because the key may fail to decrypt its secrets.
function isLogin({ settings, runtime }: CredentialSources): boolean {
  return effectiveSettings(settings.load(), runtime.env).leverAuth === 'oauth';
}

function useSameAccount(sources: CredentialSources): string {
  const give = isLogin(sources)
    ? 'Ask a Super Admin of the right account to log in: codesubmit-lever setup --new-login'
    : `Use a key from the right account (check LEVER_API_KEY in the daemon’s environment too): codesubmit-lever setup --lever-api-key-file FILE`;
  return `${give}; to switch accounts, first run: codesubmit-lever revoke`;
}

/** What the vendor's rejection of our account means, without its full stop. */
export function refusalInWords(vendor: Vendor, why: string): string {
  if (why.includes(OTHER_ACCOUNT)) {
    return 'The Lever key or login belongs to another account than this integration';
  }
  const does = / 402 /.test(why) ? 'requires payment' : 'rejects the key or login';
  return `${VENDOR_NAMES[vendor]} ${does}`;
}

/** `why` is the vendor's reason. */
export function reconnect(sources: CredentialSources, vendor: Vendor, why = ''): string {
  if (vendor === 'codesubmit') {
    if (/ 402 /.test(why))
      return `Renew your CodeSubmit subscription. The daemon tries again every five minutes; to continue at once, run: codesubmit-lever setup`;
    const key = giveKey(sources, 'CODESUBMIT_API_KEY', '--codesubmit-api-key-file');
    return `Create a new key on CodeSubmit’s integrations page, ${key}`;
  }
  if (why.includes(OTHER_ACCOUNT)) return useSameAccount(sources);
  return isLogin(sources)
    ? 'Ask a Super Admin to log in again: codesubmit-lever setup'
    : newLeverKey(sources);
}

/** For what needs to read candidates. */
export function leverRefuses(sources: CredentialSources): AppError {
  const fix = reconnect(sources, 'lever');
  return new AppError(
    'vendor',
    'Lever refuses the key or login, so candidates can’t be read.',
    fix,
  );
}
