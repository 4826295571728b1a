/** What is set up and what is left to do, as both ways of setting up end. */
import { isDeepStrictEqual } from 'node:util';
import type { App } from '../admin/app.js';
import { runChosenChecks } from '../admin/facts/doctor.js';
import { listProblems, listSetupStepsLeft, titleOf } from '../admin/facts/facts.js';
import { secretFromEnvironment } from '../admin/setup/answers.js';
import { isLogin, optionsOn } from '../admin/setup/lever-rights.js';
import { groupBy, minutesInWords } from '../domain/format.js';
import { challengeInWords } from '../domain/rule.js';
import { isServing } from '../store/database/file-lock.js';
import { SECRET_VARIABLES } from '../store/settings/configuration.js';
import {
  loadSettings,
  type SettingName,
  type Settings,
  SETTINGS,
  settingsFromEnvironment,
  webhookUrl,
} from '../store/settings/settings.js';
import type { Io } from './terminal/io.js';

/** The checks of `doctor` that ask a vendor what setup itself doesn’t test. */
const UNTESTED = new Set([
  'list_rows',
  'challenges',
  'tags',
  'acting_user',
  'other_integration',
  'codesubmit_integration',
]);

/**
 * Prints what is set, and what is left to do. `isChecked`: setup has just tried the answers with the vendors, so the
 * vendors are asked for what it doesn't try, too. Otherwise no vendor is asked. `before`: what was set when setup began.
 */
export async function printSummary(
  io: Io,
  app: App,
  isChecked: boolean,
  before = app.configuration.settings(),
): Promise<void> {
  const found = isChecked ? await askVendorsForProblems(app) : [];
  printWhatIsSet(io, app, isChecked ? io.paint.green('✓') : '·');
  const left = [
    ...(isServing(app.home) ? listMoved(app, before) : [NOT_RUNNING]),
    ...listProblems(app),
    ...found,
    ...listSetupStepsLeft(app),
    ...listOverridden(app),
    ...listOverriddenSettings(app),
  ];
  io.out(left.length === 0 ? 'Nothing left to do. It’s running.' : 'Left to do:');
  // Each is a sentence without the full stop. The same one from two of these lists is said once.
  for (const [what, [first]] of groupBy(left, ({ what }) => what)) io.warn(`${what}.`, first?.fix);
}

const NOT_RUNNING = {
  what: 'The daemon isn’t running yet',
  fix: 'Start it: codesubmit-lever serve, or at every boot: codesubmit-lever service install',
};

/** A running daemon goes on listening where it did `before`. */
function listMoved({ configuration }: App, before: Settings) {
  const { host, port } = configuration.settings();
  if (host === before.host && port === before.port) return [];
  const what = `The running daemon doesn’t listen on ${host}:${port} before it’s restarted`;
  return [{ what, fix: 'Restart it, for example: sudo systemctl restart codesubmit-lever' }];
}

/**
 * Asks the vendors for what setup itself doesn't test, and returns what is wrong. What Lever can't tell is left out: not
 * every Lever lists its webhooks.
 */
async function askVendorsForProblems(app: App) {
  const neverAborted = new AbortController().signal;
  // Setup tries the rights that it needs. A login has the scopes that a person left in it, too.
  const hasLogin = isLogin(app.configuration);
  const isAsked = (id: string): boolean => UNTESTED.has(id) || (hasLogin && id === 'lever_rights');
  const results = await runChosenChecks(app, ({ id }) => isAsked(id), neverAborted);
  return results
    .filter(({ status, isUnknown, vendor }) => {
      const isAnswered = isUnknown !== true || vendor === 'codesubmit';
      return status !== 'pass' && isAnswered;
    })
    .map(({ id, summary, fix, isUnknown }) => ({
      what: isUnknown === true ? `${titleOf(id)}: ${summary}` : summary,
      fix,
    }));
}

/** What to do about stored keys that a variable overrides, here or in the running daemon's environment. */
function listOverridden(app: App) {
  const keys = ['lever_api_key', 'codesubmit_api_key'] as const;
  // With a login, no key for Lever is used.
  const used = isLogin(app.configuration) ? keys.slice(1) : keys;
  const overridden = used.filter((name) => {
    const stored = app.secrets.list(name, app.clock.now());
    const here = secretFromEnvironment(app, name);
    if (stored.length === 0) return false;
    if (here !== undefined) return !stored.includes(here);
    // Of the daemon's environment only the names are known, those of its last start: its key may be any.
    return isServing(app.home) && app.configuration.isOverridden(name);
  });
  return overridden.map((name) => ({
    what: `${SECRET_VARIABLES[name]} in the daemon’s environment overrides the stored key`,
    fix: 'Remove it there, or put the same key into it',
  }));
}

/** What to do about stored settings that a variable overrides with another value here, such as those of flags just given. */
function listOverriddenSettings({ database, runtime }: App) {
  const stored = loadSettings(database);
  const given = Object.entries(settingsFromEnvironment(runtime.env)) as [SettingName, unknown][];
  const overridden = given.filter(
    ([name, value]) => stored[name] !== undefined && !isDeepStrictEqual(stored[name], value),
  );
  return overridden.map(([name]) => ({
    what: `${String(SETTINGS[name].env)} in the environment overrides the stored setting`,
    fix: 'Remove it there, or put the same value into it',
  }));
}

/**
 * Prints what is set. `sign` stands before what the vendors were asked about. A vendor that rejects us isn't named:
 * that is among the problems.
 */
function printWhatIsSet(io: Io, { configuration, integration, rules }: App, sign: string): void {
  const settings = configuration.settings();
  const { host, port, publicUrl, sweepMinutes } = settings;
  const row = integration.read();
  const features = optionsOn(settings);
  const url = webhookUrl(settings);
  for (const rule of rules.listActive())
    io.out(`${sign} ${rule.stageName} + ${rule.tag} → ${challengeInWords(rule)}`);
  const how = isLogin(configuration) ? 'login' : 'API key';
  if (row.lever_refused_at === null) io.out(`${sign} Lever: ${how} (${settings.leverEnvironment})`);
  if (row.codesubmit_refused_at === null) io.out(`${sign} CodeSubmit: API key`);
  if (features.length > 0) io.out(`${sign} In Lever: ${features.join(', ')}`);
  io.out(`· Where: ${publicUrl ?? 'no public address'}, ${host}:${port}`);
  if (url !== null) io.out(`· webhook URL: ${url}`);
  else io.out(`· Without a webhook, the stages are checked every ${minutesInWords(sweepMinutes)}`);
}
