/** Setup on a terminal: sets up everything in one pass, or changes one thing that works. */
import { count } from '../../domain/format.js';
import type { Invitee } from '../../domain/invitation.js';
import type { RuleSpec } from '../../domain/rule-spec.js';
import type { App } from '../../admin/app.js';
import {
  changeSettings,
  checkReportAddress,
  storeAndApply,
  type AddressAnswer,
  lookAtCodeSubmit,
  secretFromEnvironment,
} from '../../admin/setup/answers.js';
import { refusalInWords } from '../../admin/setup/lever-rights.js';
import type { ExistingPeople, PlannedRules } from '../../admin/setup/rules.js';
import { setUp, type Draft } from '../../admin/setup/set-up.js';
import { onPeople, sayRecipients, sendingInWords, tryEffect } from '../terminal/confirm-sending.js';
import { printSummary } from '../setup-summary.js';
import type { Io } from '../terminal/io.js';
import { askOne, askRows, askYes, choice, WentBack, type Row } from '../terminal/ask.js';
import { leverRows } from './lever.js';
import { ruleRows } from './rules.js';
import { Session } from './session.js';
import { trialRows, webhookRows } from './webhook.js';
import { loadSettings } from '../../store/settings/settings.js';

interface Topic {
  heading: string;
  rows: (session: Session) => Row[];
  /** Once its answers are stored, everything is checked with the vendors. */
  isCheckedAfter?: boolean;
}

const TOPICS = {
  place: { heading: 'Where it runs', rows: placeRows, isCheckedAfter: true },
  lever: { heading: 'Lever', rows: leverRows, isCheckedAfter: true },
  codesubmit: { heading: 'CodeSubmit', rows: codesubmitRows, isCheckedAfter: true },
  rules: {
    heading: 'Who gets which challenge',
    rows: (session) => ruleRows(session, (rules) => activate(session, rules)),
  },
  webhook: { heading: 'The webhook', rows: webhookRows },
  trial: { heading: 'A test', rows: trialRows },
  alarms: { heading: 'Alarms', rows: alarmRows },
} satisfies Record<string, Topic>;

type Part = keyof typeof TOPICS;

const PARTS = Object.entries<Topic>(TOPICS) as [Part, Topic][];

/**
 * Runs the session: a first setup, or a change that begins with `first` if it's given. Stores each answer at once, so
 * after Ctrl-C the next run continues from there. Only changes of rules in use are lost, because they are stored
 * together. `given`: the flags about candidates already in the stages. The session asks about those unless
 * `--existing invite --yes` is given.
 */
export async function runWizard(
  io: Io,
  app: App,
  given: Session['given'],
  first?: Part,
): Promise<void> {
  const session = new Session(io, app, given);
  if (app.integration.isInUse()) await changeSomething(session, first);
  else await setUpFirstTime(session);
  printHeading(session, 'Summary');
  await printSummary(io, app, session.isChecked);
  io.out('To change anything: codesubmit-lever setup. To look: codesubmit-lever status');
}

/** Asks everything. A key or login that an earlier, stopped session stored is tried first. */
async function setUpFirstTime(session: Session): Promise<void> {
  const { io } = session;
  io.out(io.paint.bold('codesubmit-lever: setting up'));
  io.out('Move a candidate to a stage in Lever; they get the right CodeSubmit challenge, once.');
  io.out('You need: a Super Admin of Lever, a CodeSubmit API key, and ten minutes.');
  io.out('Press Esc to go back, Ctrl-C to stop. Run setup again to continue where you stopped.');
  session.reusesStoredAnswers = true;
  const rows = PARTS.flatMap(([, topic]) => rowsWithHeading(session, topic));
  await stayAtFirst(() => askRows(rows));
}

/** Prints a heading, and notes it as the last one. */
function printHeading(session: Session, text: string): void {
  session.heading = text;
  session.io.out('');
  session.io.out(session.io.paint.bold(text));
}

/** Asks again after Esc at the first question, where there is nothing to go back to. */
async function stayAtFirst<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof WentBack)) throw error;
    }
  }
}

/** The rows of one topic. Its heading is printed before the first row that is asked. */
function rowsWithHeading(session: Session, { heading, rows }: Topic): Row[] {
  return rows(session).map((row) => ({
    ...row,
    ask: async () => {
      if (session.heading !== heading) printHeading(session, heading);
      await row.ask();
    },
  }));
}

/** Changes one part after another until the user chooses none; begins with `first` if it's given. */
async function changeSomething(session: Session, first?: Part): Promise<void> {
  printHeading(session, 'What is set');
  await printSummary(session.io, session.app, session.isChecked);
  session.io.out('More settings, such as what recruiters see: codesubmit-lever setup --help');
  let part = first ?? (await askPart(session));
  while (part !== 'nothing') {
    await changePart(session, part);
    part = await askPart(session);
  }
}

/** Changes one part. Esc at its first question, and an error that another answer can fix, end only this part. */
async function changePart(session: Session, part: Part): Promise<void> {
  // So the heading of this part is printed, even if it was printed last.
  session.heading = '';
  // Rules need both vendors connected, but their stored keys needn't be asked for again.
  session.reusesStoredAnswers = part === 'rules';
  // A change that Esc ended may have chosen the other way to connect.
  session.leverAuth = session.settings.leverAuth;
  // A connected vendor isn't asked about; this one has to be.
  if (part === 'lever') session.lever = undefined;
  if (part === 'codesubmit') session.codesubmit = undefined;
  const topic: Topic = TOPICS[part];
  const topics = part === 'rules' ? [TOPICS.lever, TOPICS.codesubmit, topic] : [topic];
  try {
    await askRows(topics.flatMap((one) => rowsWithHeading(session, one)));
    if (topic.isCheckedAfter === true) await activate(session);
  } catch (error) {
    if (!(error instanceof WentBack)) session.sayRefusal(error);
  }
}

/** Asks which part to change. The pointer starts on a vendor that rejects its key or login, or else on `nothing`. */
async function askPart({ app }: Session): Promise<Part | 'nothing'> {
  const parts = PARTS.map(([part, { heading }]) => choice(heading, part));
  const choices = [choice('Nothing, done', 'nothing' as const), ...parts];
  const row = app.integration.read();
  let toFix: Part | 'nothing' = row.codesubmit_refused_at === null ? 'nothing' : 'codesubmit';
  if (row.lever_refused_at !== null) toFix = 'lever';
  return stayAtFirst(() => askOne('What do you want to change?', choices, toFix));
}

/** Checks the stored answers with the vendors, and activates them with `rules`. Without, the active rules stay. */
async function activate(session: Session, rules?: readonly RuleSpec[]): Promise<void> {
  const { app, io } = session;
  const result = await setUp(
    app,
    // The way to Lever was answered here: a client that is left in the environment doesn't change it.
    { settings: { leverAuth: session.settings.leverAuth }, rules },
    (draft, planned) => askAboutExisting(session, draft, planned),
    onPeople(io),
  );
  // Here it can only be `login_needed`: this is no dry run, and `askAboutExisting` always answers.
  if (result.kind !== 'done') {
    io.warn('Lever needs a new login.', 'Run: codesubmit-lever setup');
    return;
  }
  for (const refused of result.refused) io.warn(refusalInWords(refused, result.settings));
  session.isChecked = true;
  // The summary says how to end a pause.
  io.good(app.integration.read().paused_at === null ? 'Active from now on.' : 'Stored.');
}

/**
 * Asks whether candidates who are in the stages of new rules already are invited, too. Some get a challenge even after
 * a no, such as candidates on hold under a rule that is replaced. Those are asked about first, and a no to that goes
 * back. Without `planned` the stored rules stay, so there are no new ones. The preview uses the draft, whose answers
 * aren't stored yet.
 */
async function askAboutExisting(
  { app, io, given }: Session,
  draft: Draft,
  planned: PlannedRules | undefined,
): Promise<ExistingPeople> {
  if (!planned) return 'leave';
  const find = async (existing: ExistingPeople): Promise<Invitee[] | undefined> =>
    (await tryEffect(io, { ...app, ...draft }, { planned, existing }))?.recipients;
  // Undefined if a vendor doesn't say now.
  const all = await find('invite');
  const evenAfterNo = all?.length === 0 ? [] : await find('leave');
  if (evenAfterNo?.length !== 0) {
    sayRecipients(io, evenAfterNo);
    const question = `These rules send ${sendingInWords(evenAfterNo)}. Continue? (no goes back)`;
    if (!(await askYes(question, 'no'))) throw new WentBack();
  }
  const ids = new Set(evenAfterNo?.map(({ opportunityId }) => opportunityId));
  const recipients = all?.filter(({ opportunityId }) => !ids.has(opportunityId));
  // No one is due a challenge now. With `--existing invite`, those who are due one later get it too.
  if (recipients?.length === 0) return given.existing;
  if (recipients) io.out(`Already there, and due a challenge: ${sendingInWords(recipients)}.`);
  // That sentence names a single one.
  if (recipients?.length !== 1) sayRecipients(io, recipients);
  const isWanted = given.existing === 'invite';
  if (isWanted && given.yes === true) return 'invite';
  const question = 'Invite them too? (no leaves them as they are)';
  const isYes = await askYes(question, isWanted ? 'yes' : 'no');
  return isYes ? 'invite' : 'leave';
}

/** The rows about the public address, and the port that the daemon listens on. */
function placeRows(session: Session): Row[] {
  const { app, io } = session;
  // The port is stored once this part is answered, so an earlier session got this far.
  const isAnswered = session.reusesStoredAnswers && loadSettings(app.database).port !== undefined;
  return [
    session.settingRow('publicUrl', { when: () => !isAnswered }),
    // A first setup takes the default port.
    session.settingRow('port', { when: () => app.integration.isInUse() }),
    {
      isSkippedByEsc: true,
      when: () => !isAnswered,
      ask: async () => {
        const { publicUrl, host, port } = session.settings;
        // The stored port marks this part as answered: a setup that was stopped continues after it.
        await changeSettings(app, { port });
        const at = `${host}:${port}`;
        io.out(`The daemon listens on ${at}; public address: ${publicUrl ?? 'none'}.`);
        // In the practice mode, the only one with plain http, there is no proxy.
        if (publicUrl?.startsWith('https:') === true)
          io.out(`Forward /webhooks/, /oauth/ and /healthz to ${at}; ready files are in deploy/.`);
      },
    },
  ];
}

/** The row for CodeSubmit's key, which is stored once CodeSubmit accepts it. Skipped while CodeSubmit is connected. */
function codesubmitRows(session: Session): Row[] {
  const { app, io } = session;
  return [
    session.secretRow('codesubmit_api_key', {
      when: () => !session.codesubmit,
      introduce: () => {
        io.out('Create a key in CodeSubmit’s Settings → Integrations, as Admin or Hiring Manager.');
      },
      take: async (key) => {
        const look = await lookAtCodeSubmit(app, key);
        const { codesubmitUrl } = session.settings;
        // The key is stored with the address that it was tried at.
        await storeAndApply(app, { settings: { codesubmitUrl }, codesubmitApiKey: key });
        const account = look.account === '' ? '' : ` as ${look.account}`;
        io.good(`CodeSubmit answers${account}: ${count(look.challenges.length, 'challenge')}`);
        session.codesubmit = look;
      },
    }),
  ];
}

/** The rows for the address of alarms. A new one is stored once its test message was seen in the channel. */
function alarmRows(session: Session): Row[] {
  const { app, io } = session;
  const isSet = app.configuration.current().alarmUrl !== null;
  const isGiven = secretFromEnvironment(app, 'alarm_url') !== undefined;
  // A new address, null for none, or undefined if the stored one stays.
  let alarms: AddressAnswer;
  const store = async (): Promise<void> => {
    await storeAndApply(app, { alarms });
    io.good(alarms === null ? 'No one is notified.' : 'Alarms go to the channel.');
  };
  return [
    session.secretRow('alarm_url', {
      // A no to the question below comes back here, to ask for another address; the environment's can't be changed here.
      isSkippedByEsc: isGiven,
      introduce: () => {
        io.out('A channel (Slack, Teams, Mattermost, …) gets a message when something needs you.');
        if (isSet) io.out('Type none for no one.');
      },
      take: async (url) => {
        alarms = await checkReportAddress(app, 'alarm_url', url);
        // A new address is stored once its test message arrived, by the question below.
        if (typeof alarms !== 'string') await store();
      },
      instead: {
        words: 'for no one',
        // Enter gets here only without a stored address.
        take: () => {
          alarms = undefined;
          io.good('No one is notified; status and doctor show it too.');
        },
      },
    }),
    {
      // Teams accepts a message even if posting it fails afterwards, so a person has to look.
      when: () => typeof alarms === 'string',
      ask: async () => {
        if (await askYes('Did the test message arrive in the channel?', 'yes')) return store();
        const correct = isGiven ? 'correct ALARM_WEBHOOK_URL' : 'paste the address again';
        const fix = `In Teams, look at the runs of the workflow. Then ${correct}.`;
        io.warn('The address accepted the test, but nothing arrived.', fix);
        if (!isGiven) throw new WentBack();
      },
    },
  ];
}
