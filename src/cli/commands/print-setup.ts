/** What `setup` prints without a terminal: what was done, and what is left for the admin. */
import type { AppContext } from '../context/app-context.js';
import { minutesInWords } from '../../domain/format.js';
import type { Recipient } from '../../domain/invitation.js';
import { challengeInWords } from '../../domain/rule.js';
import type { ExistingPeople } from '../../admin/setup/rules/activate-rules.js';
import type { LoginNeeded, SetupResult } from '../../admin/setup/set-up.js';
import type { WebhookWay } from '../../store/settings/settings.js';
import { sendingInWords } from '../terminal/confirm-sending.js';
import type { Io } from '../terminal/io.js';

/** What was asked for. */
interface Asked {
  webhook?: WebhookWay;
  existing: ExistingPeople;
}

/** Says in words what to do with the address. */
export async function nextStep(
  login: LoginNeeded,
  isNewLogin: boolean,
  app: AppContext,
): Promise<string> {
  const { isServing } = await import('../../store/home/is-serving.js');
  const { isTakenByLever, returnsToDaemon } = await import('../../lever/login-settings.js');
  const { redirectUri, settings } = login;
  const until = new Date(login.expiresAt).toISOString();
  const isTaken = returnsToDaemon(redirectUri, settings) && isServing(app.home);
  const returns = isTaken
    ? `The running daemon completes the login${isNewLogin ? '' : '; then run the same command again'}.`
    : 'Put the address where the browser ends up into a file, whatever that page shows; ' +
      'then run the same command again with --redirected-url-file FILE.';
  const warning = isTakenByLever(redirectUri, settings)
    ? ''
    : ' Lever’s production accepts https callbacks only; give one with --redirect-url URL.';
  return (
    `Ask a Super Admin of Lever to open authorizeUrl and accept before ${until}. ` +
    `${redirectUri} must be one of the app’s callbacks in Lever. ${returns}${warning}`
  );
}

/** With those who were there before the rules, and are invited. */
type PrintedResult = SetupResult & { invited: readonly Recipient[] };

export async function printResult(
  io: Io,
  result: PrintedResult,
  options: Asked,
  app: AppContext,
): Promise<void> {
  for (const { rule, people } of result.activated) {
    const there =
      people === undefined || options.existing === 'invite'
        ? ''
        : `; already there, and left as they are: ${people}`;
    io.out(`✓ rule: “${rule.stageName}” and ${rule.tag} → ${challengeInWords(rule)}${there}`);
  }
  if (result.invited.length > 0) io.out(`✓ being invited: ${sendingInWords(result.invited)}`);
  const { leverAuth, leverEnvironment } = result.settings;
  io.out(`✓ Lever ${leverAuth === 'oauth' ? 'login' : 'API key'} works (${leverEnvironment})`);
  const account = result.codesubmitAccount === '' ? '' : ` (${result.codesubmitAccount})`;
  io.out(`✓ CodeSubmit API key works${account}`);
  if (result.features.length > 0) io.out(`✓ in Lever: ${result.features.join(', ')}`);
  if (result.alarms?.kind === 'told')
    io.out('✓ alarms: the channel accepted a test message. Check that it arrived.');
  if (result.alarms?.kind === 'nobody') io.out('✓ alarms: off');
  if (result.heartbeat?.kind === 'told') io.out('✓ heartbeat: the address accepted a call');
  if (result.heartbeat?.kind === 'nobody') io.out('✓ heartbeat: off');
  if (result.webhookUrl !== null) io.out(`webhook URL: ${result.webhookUrl}`);
  const left = await whatIsLeft(result, app);
  io.out(left.length === 0 ? 'Nothing left to do. It’s running.' : 'Left to do:');
  for (const line of left) io.out(`  - ${line}`);
  if (result.webhookUrl === null || options.webhook === 'none') {
    const every = minutesInWords(result.settings.sweepMinutes);
    io.out(`Without a webhook, the stages are checked every ${every}.`);
  }
}

/** The daemon first; then what is wrong, and what was not done yet. */
async function whatIsLeft(result: SetupResult, app: AppContext): Promise<string[]> {
  const { isServing } = await import('../../store/home/is-serving.js');
  const { listLeft } = await import('../../admin/facts/facts.js');
  const start =
    'Start the daemon: codesubmit-lever serve, or as a systemd service: codesubmit-lever service install';
  const flaw = result.list === undefined ? [] : [{ ...result.list, what: result.list.summary }];
  return [
    ...(isServing(app.home) ? [] : [start]),
    ...[...app.problems(), ...flaw, ...listLeft(app)].map(({ what, fix }) => `${what}. ${fix}`),
    ...result.overriding.map(
      (variable) =>
        `Remove ${variable} from the daemon’s environment, or put the same key into it: it overrides the stored one`,
    ),
    ...result.missing.map(
      ({ scope, feature }) =>
        `Lever did not grant ${scope}, which is for ${feature}; if you need it: codesubmit-lever setup --new-login`,
    ),
  ];
}
