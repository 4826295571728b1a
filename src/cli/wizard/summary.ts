/** The end of a setup session: what does not run yet, then what does, and a ready unit for systemd. */
import { userInfo } from 'node:os';
import { readStatus } from '../../operate/status/status-report.js';
import { featuresOn } from '../../setup/lever-features.js';
import { leverHosts } from '../../vendors/lever/api/lever-addresses.js';
import { isServing } from '../../storage/home/is-serving.js';
import { codesubmitHost } from '../../vendors/codesubmit/codesubmit-client.js';
import { BIN_FILE } from '../package-files.js';
import { good, heading, warn, type WizardContext } from './wizard-context.js';

export function printSummary(context: WizardContext): void {
  heading(context, 'Summary');
  const { app, io, session } = context;
  const { integration } = readStatus(app, { limit: 1 });
  if (!isServing(app.home))
    warn(context, 'The daemon isn’t running yet. Start it: codesubmit-lever serve');
  if (integration.webhook.url !== null && integration.webhook.verifiedAt === null) {
    warn(
      context,
      'Lever’s webhook isn’t verified yet. Until then Lever is checked every few minutes.',
    );
  }
  for (const problem of integration.problems) warn(context, problem.hint);
  for (const { stage, tag, challenge } of integration.rules) {
    good(context, `${stage.name} + ${tag} → ${challenge.name}`);
  }
  const settings = session.settings();
  const hosts = [...new Set([...leverHosts(settings), codesubmitHost(settings)])].join(', ');
  io.out(`Open: 443 out to ${hosts}${settings.publicUrl === null ? '' : '; 443 in for Lever'}`);
  if (!isServing(app.home)) printUnit(context);
  if (featuresOn(settings).length === 0) {
    io.out(
      'Tags and notes can tell recruiters more: codesubmit-lever setup, “What recruiters see in Lever”',
    );
  }
  io.out('To change anything: codesubmit-lever setup. To look: codesubmit-lever status');
}

/** A key that the environment gives here must reach the daemon too, but not through a unit file. */
function secretKeyLines(env: WizardContext['app']['runtime']['env']): string[] {
  if (env.CODESUBMIT_LEVER_SECRET_KEY === undefined) return [];
  const name = 'CODESUBMIT_LEVER_SECRET_KEY';
  return [`LoadCredential=${name}:/etc/codesubmit-lever/secret-key`];
}

function printUnit({ io, app }: WizardContext): void {
  io.out('For systemd, /etc/systemd/system/codesubmit-lever.service:');
  const lines = [
    '[Unit]',
    'Description=codesubmit-lever',
    'Wants=network-online.target',
    'After=network-online.target',
    '[Service]',
    `User=${userInfo().username}`,
    `Environment=CODESUBMIT_LEVER_HOME=${app.home.folder}`,
    `ExecStart=${process.execPath} ${BIN_FILE} serve`,
    ...secretKeyLines(app.runtime.env),
    'Restart=on-failure',
    'RestartPreventExitStatus=78',
    '[Install]',
    'WantedBy=multi-user.target',
  ];
  for (const line of lines) io.out(io.paint.dim(`  ${line}`));
}
