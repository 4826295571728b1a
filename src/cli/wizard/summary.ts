/** The summary of a setup session: what doesn’t run yet, what does, and how to continue. */
import { readStatus } from '../../operate/status/status-report.js';
import { featuresOn } from '../../setup/lever-features.js';
import { leverHosts } from '../../vendors/lever/api/lever-addresses.js';
import { isServing } from '../../storage/home/is-serving.js';
import { codesubmitHost } from '../../vendors/codesubmit/codesubmit-client.js';
import { good, heading, warn, type WizardContext } from './wizard-context.js';

export function printSummary(context: WizardContext): void {
  heading(context, 'Summary');
  const { app, io, session } = context;
  const isRunning = isServing(app.home);
  const { integration } = readStatus(app, { limit: 1 });
  if (!isRunning)
    warn(context, 'The daemon isn’t running yet.', 'Start it: codesubmit-lever serve');
  if (integration.webhook.url !== null && integration.webhook.verifiedAt === null) {
    warn(
      context,
      'Lever’s webhook isn’t verified yet. Until then Lever is checked every few minutes.',
    );
  }
  for (const { what, fix } of app.problems()) warn(context, `${what}.`, fix);
  for (const { stage, tag, challenge } of integration.rules) {
    good(context, `${stage.name} + ${tag} → ${challenge.name}`);
  }
  const settings = session.stored.settings();
  const hosts = [...new Set([...leverHosts(settings), codesubmitHost(settings)])].join(', ');
  io.out(
    `Firewall: allow 443 out to ${hosts}${settings.publicUrl === null ? '' : ', and 443 in for Lever'}`,
  );
  if (!isRunning && process.platform === 'linux') {
    io.out('To run it under systemd, at every boot: codesubmit-lever service install');
  }
  if (featuresOn(settings).length === 0) {
    io.out(
      'Tags and notes can tell recruiters more: codesubmit-lever setup, “What recruiters see in Lever”',
    );
  }
  io.out('To change anything: codesubmit-lever setup. To look: codesubmit-lever status');
}
