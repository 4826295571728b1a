/** What is set up and what is left to do, as both ways of setting up end. */
import type { App } from '../admin/app.js';
import { runChosenChecks } from '../admin/facts/doctor.js';
import { listProblems, listSetupStepsLeft, titleOf } from '../admin/facts/facts.js';
import { isLogin, optionsOn } from '../admin/setup/lever-rights.js';
import { groupBy, minutesInWords } from '../domain/format.js';
import { challengeInWords } from '../domain/rule.js';
import { isServing } from '../store/database/file-lock.js';
import { webhookUrl } from '../store/settings/settings.js';
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
 * vendors are asked for what it doesn't try, too. Otherwise no vendor is asked.
 */
export async function printSummary(io: Io, app: App, isChecked: boolean): Promise<void> {
  const found = isChecked ? await askVendorsForProblems(app) : [];
  printWhatIsSet(io, app, isChecked ? io.paint.green('✓') : '·');
  const left = [
    ...(isServing(app.home) ? [] : [NOT_RUNNING]),
    ...listProblems(app),
    ...found,
    ...listSetupStepsLeft(app),
  ];
  io.out(left.length === 0 ? 'Nothing left to do. It’s running.' : 'Left to do:');
  // Each is a sentence without the full stop. The same one from two of these lists is said once.
  for (const [what, [first]] of groupBy(left, ({ what }) => what)) io.warn(`${what}.`, first?.fix);
}

const NOT_RUNNING = {
  what: 'The daemon isn’t running yet',
  fix: 'Start it: codesubmit-lever serve, or at every boot: codesubmit-lever service install',
};

/**
 * Asks the vendors for what setup itself doesn't test, and returns what is wrong. What Lever can't tell is left out: not
 * every Lever lists its webhooks.
 */
async function askVendorsForProblems(app: App) {
  const neverAborted = new AbortController().signal;
  // Setup tries the rights that it needs by calls. A login also lists its scopes: some are tested by no call.
  const hasLogin = isLogin(app.configuration);
  const isAsked = (id: string): boolean => UNTESTED.has(id) || (hasLogin && id === 'lever_rights');
  const results = await runChosenChecks(app, ({ id }) => isAsked(id), neverAborted);
  return results
    .filter(({ status, isUnknown, vendor }) => {
      const isToBeSaid = isUnknown !== true || vendor === 'codesubmit';
      return status !== 'pass' && isToBeSaid;
    })
    .map(({ id, summary, fix, isUnknown }) => ({
      what: isUnknown === true ? `${titleOf(id)}: ${summary}` : summary,
      fix,
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
