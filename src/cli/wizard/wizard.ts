/** Setup on a terminal: sets up everything in one pass, or changes one thing that works. */
import { createSetup } from '../../app/create-setup.js';
import type { ConnectedApp } from '../../app/connect-vendors.js';
import { ApiError, AppError } from '../../domain/errors.js';
import type { Recipient } from '../../domain/invitation.js';
import { failureInWords } from '../../domain/failure-words.js';
import { readStatus } from '../../operate/status/status-report.js';
import { featuresOn, refusalInWords } from '../../setup/lever-features.js';
import { setUpFromAnswers } from '../../setup/setup-from-answers.js';
import { type CodeSubmitLook, type LeverLook, SetupLookups } from '../../setup/setup-lookups.js';
import type { KeyName } from '../../storage/settings/configuration.js';
import { sayRecipients, sendingInWords } from '../terminal/confirm-sending.js';
import { wrappingIo, type Io } from '../terminal/io.js';
import { askAlarms } from './alarm-step.js';
import { askOne, askYes } from './ask.js';
import { askCodeSubmit } from './codesubmit-step.js';
import { currentJournal, Journal, takeSteps, WentBack, withJournal } from './going-back.js';
import { askLever, askSameAccount } from './lever-step.js';
import { askPlace } from './place-step.js';
import { askRecruiters } from './recruiters-step.js';
import { askRules, type RuleAnswers } from './rules-step.js';
import { setUpProgress } from './setup-words.js';
import { printSummary } from './summary.js';
import { askTrial } from './trial-step.js';
import { askWebhook } from './webhook-step.js';
import {
  good,
  heading,
  untilRefused,
  warn,
  type Vendors,
  type WizardContext,
} from './wizard-context.js';

/** Stores each answer at once: Ctrl-C loses nothing, and the next run continues from there. */
export async function runWizard(io: Io, app: ConnectedApp, first?: Part): Promise<void> {
  const setup = createSetup(app);
  const { session } = setup;
  const context = {
    io: quietWhileReplaying(wrappingIo(io)),
    ...{ app, setup, session },
    lookups: new SetupLookups(session, app.clock),
  };
  if (app.integration.isInUse()) await changeSomething(context, first);
  else await setUpAnew(context);
  printSummary(context);
}

/** The lines before the question that Esc went back to are already on the screen. */
function quietWhileReplaying(io: Io): Io {
  return {
    ...io,
    get columns() {
      return io.columns;
    },
    out: (line) => {
      if (currentJournal()?.isReplaying !== true) io.out(line);
    },
  };
}

function introduce({ io }: WizardContext): void {
  io.out(io.paint.bold('codesubmit-lever: setting up'));
  io.out('Move a candidate to a stage in Lever; they get the right CodeSubmit challenge, once.');
  io.out('You need: a Super Admin of Lever, a CodeSubmit API key, and ten minutes.');
  io.out('Press Esc to go back, Ctrl-C to stop. Run setup again to continue where you stopped.');
}

async function setUpAnew(context: WizardContext): Promise<void> {
  introduce(context);
  const { app, session } = context;
  const drafts = session.keeper.draftRules();
  const found: Partial<Vendors> = {};
  await takeSteps([
    {
      isKept: async () => app.settings.load().port !== undefined,
      run: () => askPlace(context),
    },
    {
      isKept: async () => {
        const lever = await keptLever(context);
        if (lever) found.lever = lever;
        return lever !== undefined;
      },
      run: async () => {
        found.lever = await askLever(context);
      },
    },
    {
      isKept: async () => {
        const codesubmit = await keptCodeSubmit(context);
        if (codesubmit) found.codesubmit = codesubmit;
        return codesubmit !== undefined;
      },
      run: async () => {
        found.codesubmit = await askCodeSubmit(context);
      },
    },
    {
      run: async () => {
        const { lever, codesubmit } = found;
        if (!lever || !codesubmit) throw new Error('rules can’t be asked before the vendors');
        await activate(context, await askRules(context, { lever, codesubmit }, drafts));
      },
    },
    { run: () => askWebhook(context) },
    { run: () => askAlarms(context) },
    { run: () => askTrial(context) },
  ]);
}

function keptLever(context: WizardContext): Promise<LeverLook | undefined> {
  return kept(context, 'Lever', 'lever_api_key', () => context.lookups.findLever());
}

function keptCodeSubmit(context: WizardContext): Promise<CodeSubmitLook | undefined> {
  const find = () => context.lookups.findCodeSubmit();
  return kept(context, 'CodeSubmit', 'codesubmit_api_key', find);
}

/** What an earlier session stored, if the vendor accepts it; retried while that isn't known. */
async function kept<T>(
  context: WizardContext,
  vendor: string,
  name: KeyName,
  find: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const isLogin =
    name === 'lever_api_key' && context.session.stored.settings().leverAuth === 'oauth';
  const given = isLogin ? undefined : context.session.stored.givenSecret(name)?.variable;
  for (;;) {
    try {
      const found = await find();
      if (found !== undefined) {
        const how = given === undefined ? 'as you answered before' : `by ${given}`;
        good(context, `${vendor}: connected already, ${how}`);
      }
      const withheld = context.session.stored.whyWithheld(isLogin ? 'lever_client_secret' : name);
      if (found === undefined && withheld) warn(context, withheld.message, withheld.hint);
      return found;
    } catch (error) {
      if (error instanceof AppError && error.code === 'vendor') {
        warn(context, error.message, error.hint);
        return undefined;
      }
      if (!(error instanceof ApiError)) throw error;
      if (error.kind === 'unauthorized') {
        const what = given === undefined ? 'what you answered before' : `the key in ${given}`;
        warn(context, `${vendor} no longer accepts ${what} (${error.message}).`);
        return undefined;
      }
      warn(context, `${failureInWords(error)}.`);
    }
    const isAnew = await askOne('What now?', [
      { name: 'Try again', value: false },
      { name: 'Give another key', value: true },
    ]);
    if (isAnew) return undefined;
  }
}

/** Activates what was stored; without rules the stored ones stay. */
async function activate(context: WizardContext, answers?: RuleAnswers): Promise<void> {
  const result = await setUpFromAnswers(
    context.setup,
    { settings: {}, signingTokens: [], existing: 'leave', ...answers },
    {
      ...setUpProgress(context.io),
      onUnknownAccount: askSameAccount,
      mayInvite: (recipients) => askToInvite(context, recipients),
    },
  );
  if (result.kind === 'declined') {
    await activate(context, answers && { ...answers, existing: 'leave' });
    return;
  }
  if (result.kind === 'login_needed') {
    warn(context, 'Lever needs a new login.', 'Run: codesubmit-lever setup');
    return;
  }
  for (const refused of result.refused) warn(context, refusalInWords(refused, result.settings));
  for (const { summary, fix } of result.foreign) warn(context, `${summary}.`, fix);
  await context.session.keepDraftRules([]);
  good(context, 'Active from now on.');
}

function askToInvite({ io }: WizardContext, recipients: readonly Recipient[]): Promise<boolean> {
  sayRecipients(io, recipients);
  return askYes(`Send ${sendingInWords(recipients)}? (no leaves them as they are)`, false);
}

export type Part =
  | 'place'
  | 'lever'
  | 'codesubmit'
  | 'rules'
  | 'webhook'
  | 'alarms'
  | 'recruiters'
  | 'trial'
  | 'nothing';

/** Shows what is set, and changes one thing. */
async function changeSomething(context: WizardContext, first?: Part): Promise<void> {
  heading(context, 'What is set');
  printSet(context);
  if (first !== undefined && first !== 'nothing') await changePart(context, first);
  for (;;) {
    const part = await askPart(context);
    if (part === 'nothing') return;
    await changePart(context, part);
  }
}

/** Esc at the first question leaves everything as it is. */
async function changePart(context: WizardContext, part: Exclude<Part, 'nothing'>): Promise<void> {
  try {
    await untilRefused(context, () => withJournal(new Journal(), () => change(context, part)));
  } catch (error) {
    if (!(error instanceof WentBack)) throw error;
  }
}

/** Proposes first what a vendor rejects. */
async function askPart(context: WizardContext): Promise<Part> {
  const row = context.app.configuration.row();
  const isLogin = context.session.stored.settings().leverAuth === 'oauth';
  const needed =
    row.lever_refused_at !== null
      ? 'lever'
      : row.codesubmit_refused_at !== null
        ? 'codesubmit'
        : 'nothing';
  const lever = isLogin && needed === 'lever' ? 'Log in to Lever again' : 'Lever’s key or login';
  try {
    return await askOne<Part>(
      'What do you want to change?',
      [
        { name: 'Nothing, done', value: 'nothing' },
        { name: 'Where it runs', value: 'place' },
        { name: lever, value: 'lever' },
        { name: 'CodeSubmit’s key', value: 'codesubmit' },
        { name: 'Who gets which challenge', value: 'rules' },
        { name: 'The webhook', value: 'webhook' },
        { name: 'Who is notified when something needs you', value: 'alarms' },
        { name: 'What recruiters see in Lever', value: 'recruiters' },
        { name: 'Nothing; run a test', value: 'trial' },
      ],
      needed,
    );
  } catch (error) {
    if (error instanceof WentBack) return askPart(context);
    throw error;
  }
}

function printSet(context: WizardContext): void {
  const settings = context.session.stored.settings();
  const address = settings.publicUrl ?? 'no public address';
  good(context, `Where: ${address}, ${settings.host}:${settings.port}`);
  const how = settings.leverAuth === 'oauth' ? 'login' : 'API key';
  const { lever_refused_at: refusedAt } = context.app.configuration.row();
  const lever = `Lever: ${how} (${settings.leverEnvironment})`;
  if (refusedAt === null) good(context, lever);
  else warn(context, `${lever}, which Lever no longer accepts`);
  for (const rule of context.app.rules.listActive()) {
    good(context, `${rule.stageName} + ${rule.tag} → ${rule.challengeName}`);
  }
  const features = featuresOn(settings);
  if (features.length > 0) good(context, `Recruiters: ${features.join(', ')}`);
  for (const { what, fix } of context.app.problems()) warn(context, `${what}.`, fix);
  const { webhook } = readStatus(context.app, { limit: 1 }).integration;
  if (webhook.url !== null && webhook.verifiedAt === null) {
    warn(context, 'The webhook isn’t verified yet.', 'Choose “The webhook” below.');
  }
}

async function change(context: WizardContext, part: Exclude<Part, 'nothing'>): Promise<void> {
  switch (part) {
    case 'place':
      await askPlace(context);
      return activate(context);
    case 'lever':
      await askLever(context);
      return activate(context);
    case 'codesubmit':
      await askCodeSubmit(context);
      return activate(context);
    case 'rules':
      return activate(context, await askRules(context, await connectBoth(context)));
    case 'webhook':
      return askWebhook(context);
    case 'alarms':
      return askAlarms(context);
    case 'recruiters':
      return askRecruiters(context);
    case 'trial':
      return askTrial(context);
  }
}

async function connectBoth(context: WizardContext): Promise<Vendors> {
  const lever = (await keptLever(context)) ?? (await askLever(context));
  const codesubmit = (await keptCodeSubmit(context)) ?? (await askCodeSubmit(context));
  return { lever, codesubmit };
}
