/** The manual controls: each finds what it is about, asks, acts, and says what follows. */
import type { App } from '../../admin/app.js';
import { AppError } from '../../domain/errors.js';
import { count } from '../../domain/format.js';
import { parseInvitationId, type InvitationId, type OpportunityId } from '../../domain/ids.js';
import { describeReason } from '../../domain/reasons.js';
import {
  approve,
  canRetry,
  findApprovable,
  getUncertain,
  pause,
  requestStageCheck,
  resume,
  retry,
  revoke,
  settle,
  forget,
  planForget,
  type ForgetPlan,
} from '../../admin/actions/admin-actions.js';
import { planSend, queueSend } from '../../admin/actions/send.js';
import { findPeople, nobodyKnown } from '../../admin/queries/people.js';
import { listInState } from '../../admin/queries/invitations.js';
import { copiesOf } from '../../store/database/migrate.js';
import { countTags, HOLD_TOPIC } from '../../store/writebacks.js';
import { loadSettings } from '../../store/settings/settings.js';
import { onApp, type CommandSpec } from '../command.js';
import {
  confirmSending,
  sayRecipients,
  tryEffect,
  whatFollows,
} from '../terminal/confirm-sending.js';
import type { Consent, Io } from '../terminal/io.js';

const WHO = 'WHO is an id, a Lever address, an e-mail address or part of a name.';

const YES_FLAG = { '-y, --yes': 'don’t ask' };
const UNUSED_YES_FLAG = { '-y, --yes': 'accepted for scripts; nothing is asked' };

/** Throws `usage` unless either some are named, or all by a flag. `usage`: what to run instead. */
function requireSomeOrAll(named: readonly string[], isAll: boolean, usage: string): void {
  if (named.length > 0 === isAll)
    throw new AppError('usage', 'Name either some or all.', `Run: codesubmit-lever ${usage}`);
}

export const approveCommand: CommandSpec = {
  words: 'approve [WHO...]',
  does: 'approve candidates on hold',
  flags: {
    '--all': 'all that the brake holds; other holds need WHO',
    ...YES_FLAG,
    '--dry-run': 'only show who it would be',
  },
  examples: ['codesubmit-lever approve --all', 'codesubmit-lever approve "Ada Example"'],
  run: onApp(async (io, app, who: string[], options: Consent & { all?: boolean }) => {
    const { all: isAll = false } = options;
    const usage = 'approve WHO, or for all that the brake holds: codesubmit-lever approve --all';
    requireSomeOrAll(who, isAll, usage);
    const chosen = isAll ? 'all' : who.flatMap((one) => findIds(app, one));
    const holds = findApprovable(app, chosen);
    if (holds.length === 0) {
      io.say(isAll ? 'The brake holds no candidate.' : 'No such candidate needs approval.');
      io.say('What other holds need: codesubmit-lever status');
      return;
    }
    const recipients = holds.map((held) => ({ ...held, why: describeReason(held.reason) }));
    if (!(await confirmSending(io, recipients, options))) return;
    await approve(app, holds);
    io.say(`Approved ${holds.length}. ${whatFollows(app)}`);
  }),
};

/** The opportunities of all who match: one person may be in several pipelines. Throws `not_found` if no one matches. */
function findIds(app: App, who: string): OpportunityId[] {
  const found = findPeople(app, who);
  if (found.length === 0) throw nobodyKnown(who, 'Run: codesubmit-lever status');
  return found.map(({ id }) => id);
}

export const checkCommand: CommandSpec = {
  words: 'check',
  does: 'check the stages now, without waiting for the next time',
  flags: UNUSED_YES_FLAG,
  run: onApp(async (io, app) => {
    await requestStageCheck(app);
    io.say(`The stages are due to be checked. ${whatFollows(app)}`);
  }),
};

export const forgetCommand: CommandSpec = {
  words: 'forget <WHO>',
  does: 'erase one candidate’s name, e-mail and links here',
  flags: { ...YES_FLAG, '--dry-run': 'only show who it would be' },
  help: `${WHO}\nIds and keyed hashes of the addresses stay, so nobody is invited twice.`,
  examples: ['codesubmit-lever forget ada@example.com'],
  run: onApp(async (io, app, who: string, options: Consent) => {
    const plan = planForget(app, who);
    const { name, opportunityIds } = plan;
    io.say(`${name ?? 'A candidate whose name is unknown here'}: ${opportunityIds.join(', ')}`);
    const question = 'Erase their name, e-mail address and links here, and send them nothing more?';
    if (!(await io.confirm(question, options))) return;
    await forget(app, plan);
    // Copies made before upgrades still hold what the database held then.
    sayWhatStays(io, plan, copiesOf(app.home.databaseFile));
  }),
};

/** Says what `forget` didn't erase. `copies`: files with copies of the database that were made before upgrades. */
function sayWhatStays(io: Io, { challenges }: ForgetPlan, copies: readonly string[]): void {
  io.say('Forgotten: their name, e-mail address and links are erased here.');
  io.say('Lever’s ids and keyed hashes of the addresses stay, so they aren’t invited twice.');
  io.say('Left to delete manually:');
  io.say('  in Lever: the candidate, with any link of a challenge under Links');
  if (challenges.length > 0)
    io.say(`  at CodeSubmit: the candidate and their work on ${challenges.join(', ')}`);
  const backups = [...copies, 'every copy of the data directory'];
  io.say(`  in backups: ${backups.join(', ')}`);
}

export const pauseCommand: CommandSpec = {
  words: 'pause',
  does: 'stop sending challenges until you resume',
  flags: UNUSED_YES_FLAG,
  run: onApp(async (io, app) => {
    await pause(app);
    io.say('Paused: no challenge is sent until you run: codesubmit-lever resume');
  }),
};

export const resumeCommand: CommandSpec = {
  words: 'resume',
  does: 'send challenges again',
  flags: { ...YES_FLAG, '--dry-run': 'only show who waits for it' },
  run: onApp((io, app, options: Consent) => resumeAfterAsking(io, app, options)),
};

/**
 * Resumes. Asks first, with a list of who gets a challenge then, if that is several or can't be known.
 * `isEarlierPauseKept`: ends only the pause of a restored copy, never an admin's.
 */
export async function resumeAfterAsking(
  io: Io,
  app: App,
  options: Consent & { isEarlierPauseKept?: boolean },
): Promise<void> {
  app.integration.requireInUse();
  const isPaused = app.integration.read().paused_at !== null;
  const waiting = isPaused ? (await tryEffect(io, app))?.recipients : [];
  // A single waiting challenge goes out without a question.
  const isAsked = waiting?.length !== 1 || options.dryRun === true;
  if (isAsked && !(await confirmSending(io, waiting, options))) return;
  await resume(app, options);
  io.say(`Resumed: the stages are due to be checked. ${whatFollows(app)}`);
}

export const retryCommand: CommandSpec = {
  words: 'retry [ID...]',
  does: 'retry failed challenges, never uncertain ones',
  flags: {
    '--failed': 'retry all failed ones',
    ...YES_FLAG,
    '--dry-run': 'only show which it would be',
  },
  examples: ['codesubmit-lever retry 12', 'codesubmit-lever retry --failed'],
  run: onApp(async (io, app, idTexts: string[], options: Consent & { failed?: boolean }) => {
    const { failed: isAll = false } = options;
    const usage =
      'retry ID, with an ID that `status` shows, or for all failed ones: codesubmit-lever retry --failed';
    requireSomeOrAll(idTexts, isAll, usage);
    const failed = listInState(app.database, 'failed');
    const named = isAll ? failed.map(({ id }) => id) : [...new Set(idTexts.map(parseInvitationId))];
    if (named.length === 0) {
      io.say('No failed challenges.');
      return;
    }
    // Throws before the question for an uncertain one, or an id that doesn't exist.
    const ids = named.filter((id) => canRetry(app, id));
    const sayRest = (taken: readonly InvitationId[]): void => {
      const rest = named.filter((id) => !taken.includes(id)).join(', ');
      if (rest !== '') io.say(`Nothing to retry: ${rest}, already sent, on its way or replaced.`);
    };
    if (ids.length === 0 || options.dryRun === true) sayRest(ids);
    if (ids.length === 0) return;
    sayRecipients(
      io,
      failed.filter(({ id }) => ids.includes(id)),
    );
    const what = `${count(ids.length, 'challenge')} (${ids.join(', ')})`;
    const afterDryRun = `Would retry ${what}. Nothing was changed.`;
    if (!(await io.confirm(`Retry ${what}?`, options, afterDryRun))) return;
    const retried = await retry(app, ids);
    sayRest(retried);
    if (retried.length > 0) io.say(`Retrying: ${retried.join(', ')}. ${whatFollows(app)}`);
  }),
};

type SendOptions = Consent & { challenge?: string; again?: boolean };

export const sendCommand: CommandSpec = {
  words: 'send <WHO>',
  does: 'send one candidate a challenge manually',
  flags: {
    '--challenge <C>': 'its name or id (default: what their rule says)',
    '--again': 'send it even if it was sent before',
    ...YES_FLAG,
    '--dry-run': 'only show what would be sent, and to whom',
  },
  help: `${WHO}
Nothing is sent to archived or anonymized candidates, or where contact is
forbidden.`,
  examples: ['codesubmit-lever send "Ada Example" --challenge "Backend API"'],
  run: onApp(async (io, app, who: string, options: SendOptions) => {
    const isAgain = options.again === true;
    const plan = await planSend(app, { who, challenge: options.challenge, isAgain });
    const { opportunity, challenge, recipient, dueDays, timeLimitMinutes } = plan;
    io.out(`${challenge.name} → ${opportunity.name} <${recipient.email}>`);
    if (dueDays !== null) io.out(`  due ${count(dueDays, 'day')} after it is sent`);
    if (timeLimitMinutes !== null) io.out(`  time limit ${count(timeLimitMinutes, 'minute')}`);
    if (isAgain) io.out('  again, even if it was sent before');
    if (!(await io.confirm('Send it?', options))) return;
    const id = await queueSend(app, plan);
    io.say(`Queued as invitation ${id}. ${whatFollows(app)}`);
  }),
};

type SettleOptions = Consent & { sent?: boolean; notSent?: boolean; link?: string };

export const settleCommand: CommandSpec = {
  words: 'settle <ID>',
  does: 'tell us whether an uncertain challenge was sent',
  flags: {
    '--sent': 'CodeSubmit has it',
    '--link <URL>': 'with --sent: the candidate’s link, for Lever',
    '--not-sent': 'CodeSubmit never had it; decide again',
    ...YES_FLAG,
    '--dry-run': 'only show what it would do',
  },
  examples: ['codesubmit-lever settle 12 --sent --link https://app.codesubmit.io/c/…'],
  run: onApp(async (io, app, idText: string, options: SettleOptions) => {
    const id = parseInvitationId(idText);
    const isSent = options.sent === true;
    // Neither of the two flags, or both; or a link of what wasn't sent.
    if (isSent === (options.notSent === true) || (!isSent && options.link !== undefined)) {
      const hint = 'Run: codesubmit-lever settle ID --sent [--link URL], or --not-sent';
      throw new AppError('usage', 'Say whether it was sent.', hint);
    }
    const { link = null } = options;
    if (link !== null && !(/^https?:\/\//.test(link) && URL.canParse(link))) {
      const hint = 'Run: codesubmit-lever settle --help';
      throw new AppError('usage', 'The link isn’t a web address.', hint);
    }
    // Throws before the question if there is nothing to settle.
    getUncertain(app, id);
    const outcome = isSent ? 'counts as sent' : 'will be decided again, then sent';
    const would = `Invitation ${idText} ${outcome}`;
    const afterDryRun = `${would}; nothing was changed.`;
    if (!(await io.confirm(`${would}. Continue?`, options, afterDryRun))) return;
    await settle(app, id, { isSent, link });
    io.say(`Settled: invitation ${idText} ${outcome}. ${whatFollows(app)}`);
  }),
};

export const revokeCommand: CommandSpec = {
  words: 'revoke',
  does: 'disconnect, stop sending, erase all credentials',
  flags: YES_FLAG,
  examples: ['codesubmit-lever revoke --yes'],
  run: onApp(async (io, app, options: Consent) => {
    // As far as we know. Only tags that say why someone is on hold: the command below has those removed.
    const tagged = countTags(app.database, HOLD_TOPIC);
    const whom = count(tagged, 'candidate');
    if (tagged > 0) {
      io.say(`In Lever ${whom} may carry a tag of ours (“codesubmit: …”).`);
      io.say('To have them removed first: codesubmit-lever setup --hold-tags off');
    }
    const question = 'Disconnect the integration and erase its keys and tokens?';
    if (!(await io.confirm(question, options))) return;
    await revoke(app);
    const isLogin = loadSettings(app.database).leverAuth === 'oauth';
    const access = isLogin ? 'press Revoke Access under Authorized Apps' : 'revoke the API key';
    io.say('Revoked: nothing more goes out, and no key or token is left here.');
    io.say('Left to do manually:');
    io.say(`  in Lever, Settings > Integrations and API: delete the webhook and ${access}`);
    if (tagged > 0) io.say(`  there too: remove our tags (“codesubmit: …”) from ${whom}`);
    io.say('  in CodeSubmit, the integrations settings page: delete the API key');
    io.say('To start again: codesubmit-lever setup');
  }),
};
