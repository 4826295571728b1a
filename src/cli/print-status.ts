/** What `status` shows people: how the integration is, the sent challenges, and who is held. */
import type { InvitationListing, StatusReport } from '../app/status-report.js';
import { reasonInWords } from '../domain/reason-words.js';
import type { Io } from './io.js';
import { STATE_WORDS } from './state-words.js';
import { printTable } from './table.js';

export interface StatusPage {
  report: StatusReport;
  /** Invitations that went to an address which is no longer in the profile. */
  addressesGone: ReadonlySet<number>;
}

export function printStatus(io: Io, { report, addressesGone }: StatusPage): void {
  const { integration } = report;
  io.out(io.paint.bold(STATE_WORDS[integration.state]));
  for (const problem of integration.problems) {
    const vendor = problem.vendor === null ? '' : ` (${problem.vendor})`;
    io.out(io.paint.yellow(`! ${problem.code}${vendor}: ${problem.hint}`));
  }
  if (integration.state === 'not_set_up') return;
  printConnections(io, report);
  if (report.invitations.length > 0) printInvitations(io, report.invitations, addressesGone);
  else io.out('\nNo challenge was sent yet.');
  printHeld(io, report);
  if (report.next !== null) io.say(`\nMore: codesubmit-lever status --after ${report.next}`);
}

function printConnections(io: Io, { integration, counts }: StatusReport): void {
  const { webhook } = integration;
  if (integration.state === 'revoked') return;
  io.out(`webhook: ${webhook.url ?? 'none, sweeps do the work'}`);
  if (webhook.url !== null) {
    io.out(`verified: ${webhook.verifiedAt ?? 'not yet: press Verify Connection in Lever'}`);
    io.out(`last delivery: ${webhook.lastDeliveryAt ?? 'none yet'}`);
  }
  io.out(`last sweep: ${integration.lastSweepAt ?? 'none yet'}`);
  const shown = Object.entries(counts).filter(([, n]) => n > 0);
  io.out(shown.map(([name, n]) => `${name} ${String(n)}`).join(' · ') || 'nothing promised yet');
}

function printInvitations(
  io: Io,
  invitations: readonly InvitationListing[],
  addressesGone: ReadonlySet<number>,
): void {
  io.out('');
  const rows = invitations.map((one) => [
    String(one.id),
    one.candidate ?? one.opportunityId,
    one.challenge.name,
    `${stateInWords(one)}${addressesGone.has(one.id) ? ' ! address gone' : ''}`,
    one.invitedAt ?? one.createdAt,
    one.link ?? '',
  ]);
  printTable(io, ['ID', 'CANDIDATE', 'CHALLENGE', 'STATE', 'WHEN', 'LINK'], rows);
}

function stateInWords({ state, reason }: InvitationListing): string {
  return reason === null ? state : `${state}: ${reasonInWords(reason)}`;
}

function printHeld(io: Io, { held }: StatusReport): void {
  if (held.length === 0) return;
  io.out('');
  const rows = held.map((one) => [
    one.candidate ?? one.opportunityId,
    reasonInWords(one.reason, one.detail),
    one.since,
  ]);
  printTable(io, ['HELD', 'WHY', 'SINCE'], rows);
}
