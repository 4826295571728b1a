/** Setup on a terminal: sets up everything in one pass, or changes one thing that works. */
import type { Recipient } from '../../domain/invitation.js';
import { challengeInWords } from '../../domain/rule.js';
import type { RuleSpec } from '../../domain/rule-spec.js';
import { AppError } from '../../domain/errors.js';
import type { App } from '../../admin/app.js';
import {
  changeSettings,
  checkOwnAddress,
  findSecret,
  givenSecret,
  keep,
} from '../../admin/setup/answers.js';
import { featuresOn, refusalInWords } from '../../admin/setup/lever-features.js';
import { lookAtCodeSubmit, lookAtLever } from '../../admin/setup/look-ups.js';
import { findRecipients } from '../../admin/preview/preview.js';
import type { ExistingPeople } from '../../admin/setup/rules/activate-rules.js';
import { setUp } from '../../admin/setup/set-up.js';
import { findLever } from '../../admin/setup/vendor-checks.js';
import { listLeft } from '../../admin/facts/facts.js';
import { isServing } from '../../store/home/is-serving.js';
import type { KeyName } from '../../store/settings/configuration.js';
import { askOf } from '../questions.js';
import { onPeople, sayRecipients, sendingInWords } from '../terminal/confirm-sending.js';
import type { Io } from '../terminal/io.js';
import { askOne, askRows, askSecret, askYes, WentBack, type Row } from '../terminal/ask.js';
import { codesubmitRows } from './codesubmit.js';
import { leverRows } from './lever.js';
import { ruleRows } from './rules.js';
import {
  good,
  heading,
  isGiven,
  sayRefusal,
  settingRow,
  settingsOf,
  untilItWorks,
  warn,
  type Session,
} from './session.js';
import { askTrial } from './trial.js';
import { webhookRows } from './webhook.js';

interface Topic {
  heading: string;
  /** In the list of what can be changed. */
  name: string | ((session: Session) => string);
  rows: (session: Session) => Row[];
  /** An earlier session answered it, and what it answered works; asked only once in a first setup. */
  isKept?: (session: Session) => Promise<boolean>;
  /** What it changes counts from the next activation. */
  needsActivation?: boolean;
  /** Not asked in a first setup. */
  isLater?: boolean;
}

export type Part =
  'place' | 'lever' | 'codesubmit' | 'rules' | 'webhook' | 'recruiters' | 'trial' | 'alarms';

const TOPICS: Readonly<Record<Part, Topic>> = {
  place: {
    heading: 'Where it runs',
    name: 'Where it runs',
    rows: placeRows,
    isKept: async ({ app }) => app.settings.load().port !== undefined,
    needsActivation: true,
  },
  lever: {
    heading: 'Lever',
    name: (session) =>
      needed(session) === 'lever' && settingsOf(session).leverAuth === 'oauth'
        ? 'Log in to Lever again'
        : 'Lever’s key or login',
    rows: leverRows,
    isKept: keepsLever,
    needsActivation: true,
  },
  codesubmit: {
    heading: 'CodeSubmit',
    name: 'CodeSubmit’s key',
    rows: codesubmitRows,
    isKept: keepsCodeSubmit,
    needsActivation: true,
  },
  rules: {
    heading: 'Who gets which challenge',
    name: 'Who gets which challenge',
    rows: (session) => ruleRows(session, (rules) => activate(session, rules)),
  },
  webhook: { heading: 'The webhook', name: 'The webhook', rows: webhookRows },
  recruiters: {
    heading: 'What recruiters see in Lever',
    name: 'What recruiters see in Lever',
    rows: (session) => [
      settingRow(session, 'holdTags'),
      settingRow(session, 'progressTags'),
      settingRow(session, 'completionNote'),
    ],
    needsActivation: true,
    isLater: true,
  },
  trial: {
    heading: 'A test',
    name: 'Nothing; run a test',
    rows: (session) => [{ ask: () => askTrial(session) }],
  },
  alarms: {
    heading: 'Alarms',
    name: 'Who is notified when something needs you',
    rows: (session) => [{ ask: () => askAlarms(session) }],
  },
};

/** Stores each answer at once: Ctrl-C loses nothing, and the next run continues from there. */
export async function runWizard(io: Io, app: App, first?: Part): Promise<void> {
  const { leverAuth } = app.configuration.settings();
  const session: Session = { io, app, heading: '', leverAuth };
  if (app.integration.isInUse()) await changeSomething(session, first);
  else await setUpAnew(session);
  printSummary(session);
}

async function setUpAnew(session: Session): Promise<void> {
  const { io } = session;
  io.out(io.paint.bold('codesubmit-lever: setting up'));
  io.out('Move a candidate to a stage in Lever; they get the right CodeSubmit challenge, once.');
  io.out('You need: a Super Admin of Lever, a CodeSubmit API key, and ten minutes.');
  io.out('Press Esc to go back, Ctrl-C to stop. Run setup again to continue where you stopped.');
  const topics = Object.values(TOPICS).filter(({ isLater }) => isLater !== true);
  const rows = topics.flatMap((topic) => rowsOf(session, topic, true));
  for (;;) {
    try {
      await askRows(rows);
      return;
    } catch (error) {
      // Esc at the very first question.
      if (!(error instanceof WentBack)) throw error;
    }
  }
}

/** Its heading comes before the first row that is asked. */
function rowsOf(session: Session, topic: Topic, maySkip: boolean): Row[] {
  let isKept: boolean | undefined;
  return topic.rows(session).map((row) => ({
    ...row,
    when: async () => {
      isKept ??= maySkip && (await topic.isKept?.(session)) === true;
      return !isKept && (await row.when?.()) !== false;
    },
    ask: async () => {
      if (session.heading !== topic.heading) heading(session, topic.heading);
      await row.ask();
    },
  }));
}

async function changeSomething(session: Session, first?: Part): Promise<void> {
  printSet(session, 'What is set');
  if (first !== undefined) await change(session, first);
  for (;;) {
    const part = await askPart(session);
    if (part === 'nothing') return;
    await change(session, part);
  }
}

/** Esc at the first question leaves everything as it is, and an error ends only this part. */
async function change(session: Session, part: Part): Promise<void> {
  const topic = TOPICS[part];
  session.heading = '';
  try {
    if (part === 'lever') session.lever = undefined;
    if (part === 'codesubmit') session.codesubmit = undefined;
    if (part === 'rules') await connectBoth(session);
    await askRows(rowsOf(session, topic, false));
    if (topic.needsActivation === true) await activate(session);
  } catch (error) {
    if (!(error instanceof WentBack)) sayRefusal(session, error);
  }
}

async function connectBoth(session: Session): Promise<void> {
  for (const topic of [TOPICS.lever, TOPICS.codesubmit])
    await askRows(rowsOf(session, topic, true));
}

/** What a vendor rejects is proposed first. */
function needed({ app }: Session): Part | 'nothing' {
  const row = app.configuration.row();
  if (row.lever_refused_at !== null) return 'lever';
  return row.codesubmit_refused_at === null ? 'nothing' : 'codesubmit';
}

async function askPart(session: Session): Promise<Part | 'nothing'> {
  const parts = Object.entries(TOPICS).map(([value, { name }]) => ({
    name: typeof name === 'string' ? name : name(session),
    value: value as Part,
  }));
  const choices = [{ name: 'Nothing, done', value: 'nothing' as const }, ...parts];
  for (;;) {
    try {
      return await askOne<Part | 'nothing'>(
        'What do you want to change?',
        choices,
        needed(session),
      );
    } catch (error) {
      if (!(error instanceof WentBack)) throw error;
    }
  }
}

/** What is set, and what is wrong. */
function printSet(session: Session, title: string): void {
  heading(session, title);
  const { app } = session;
  const settings = settingsOf(session);
  const address = settings.publicUrl ?? 'no public address';
  good(session, `Where: ${address}, ${settings.host}:${settings.port}`);
  const how = settings.leverAuth === 'oauth' ? 'login' : 'API key';
  const lever = `Lever: ${how} (${settings.leverEnvironment})`;
  if (app.configuration.row().lever_refused_at === null) good(session, lever);
  else warn(session, `${lever}, which Lever no longer accepts`);
  for (const rule of app.rules.listActive())
    good(session, `${rule.stageName} + ${rule.tag} → ${challengeInWords(rule)}`);
  const features = featuresOn(settings);
  if (features.length > 0) good(session, `Recruiters: ${features.join(', ')}`);
  for (const { what, fix } of [...app.problems(), ...listLeft(app)]) {
    warn(session, `${what}.`, fix);
  }
  if (!isServing(app.home))
    warn(session, 'The daemon isn’t running yet.', 'Start it: codesubmit-lever serve');
}

async function keepsLever(session: Session): Promise<boolean> {
  return isStillGood(session, 'Lever', 'lever_api_key', async () => {
    const found = await findLever(session.app);
    if (!found) return false;
    await changeSettings(session.app, { includeConfidential: found.seesConfidential });
    session.lever = await lookAtLever(found);
    return true;
  });
}

async function keepsCodeSubmit(session: Session): Promise<boolean> {
  return isStillGood(session, 'CodeSubmit', 'codesubmit_api_key', async () => {
    const key = findSecret(session.app, 'codesubmit_api_key');
    if (key === undefined) return false;
    session.codesubmit = await lookAtCodeSubmit(session.app, key);
    return true;
  });
}

/** Whether the vendor accepts what an earlier session stored. */
async function isStillGood(
  session: Session,
  vendor: string,
  name: KeyName,
  find: () => Promise<boolean>,
): Promise<boolean> {
  const { app } = session;
  const isLogin = name === 'lever_api_key' && settingsOf(session).leverAuth === 'oauth';
  const variable = isLogin ? undefined : givenSecret(app, name)?.variable;
  try {
    if (await find()) {
      const how = variable === undefined ? 'as you answered before' : `by ${variable}`;
      good(session, `${vendor}: connected already, ${how}`);
      return true;
    }
    const sent = isLogin ? 'lever_client_secret' : name;
    const withheld = app.configuration.whyWithheld(sent, settingsOf(session));
    if (withheld) warn(session, withheld.message, withheld.hint);
  } catch (error) {
    sayRefusal(session, error);
  }
  return false;
}

/** Activates what was stored; without rules the stored ones stay. */
async function activate(session: Session, rules?: readonly RuleSpec[]): Promise<void> {
  const { app, io } = session;
  const result = await setUp(
    app,
    { settings: {}, existing: 'invite', rules },
    {
      onPeople: onPeople(io),
      askExisting: async (tried, planned) =>
        planned
          ? askExisting(session, await findRecipients({ ...app, ...tried }, planned, onPeople(io)))
          : 'leave',
    },
  );
  if (result.kind !== 'done') {
    warn(session, 'Lever needs a new login.', 'Run: codesubmit-lever setup');
    return;
  }
  for (const refused of result.refused) warn(session, refusalInWords(refused, result.settings));
  for (const { summary, fix } of result.foreign) warn(session, `${summary}.`, fix);
  await app.database.write((tx) => {
    app.settings.saveDraftRules(tx, []);
  });
  good(session, 'Active from now on.');
}

/** Of candidates who are in the stages already. */
async function askExisting(
  session: Session,
  recipients: readonly Recipient[],
): Promise<ExistingPeople> {
  if (recipients.length === 0) return 'leave';
  session.io.out(`Already there, and due a challenge: ${sendingInWords(recipients)}.`);
  if (recipients.length > 1) sayRecipients(session.io, recipients);
  const isSent = await askYes('Invite them too? (no leaves them as they are)', false);
  return isSent ? 'invite' : 'leave';
}

function placeRows(session: Session): Row[] {
  return [
    settingRow(session, 'publicUrl'),
    settingRow(session, 'port', { when: () => session.app.integration.isInUse() }),
    { isOnce: true, ask: async () => sayPlace(session) },
  ];
}

async function sayPlace(session: Session): Promise<void> {
  const { publicUrl, host, port } = settingsOf(session);
  // So that a first setup that was stopped goes on after this topic.
  await changeSettings(session.app, {
    port,
    ...(publicUrl === null && { webhookWay: 'none' as const }),
  });
  const upstream = `${host}:${port}`;
  const by = isGiven(session, 'publicUrl') ? ' (CODESUBMIT_LEVER_PUBLIC_URL)' : '';
  session.io.out(`The daemon listens on ${upstream}; public address: ${publicUrl ?? 'none'}${by}.`);
  // In practice there is no proxy.
  if (publicUrl?.startsWith('https:') === true)
    session.io.out(
      `Forward /webhooks/, /oauth/ and /healthz to ${upstream}; ready files are in deploy/.`,
    );
}

const NO_SHOW =
  'In Teams, look at the runs of the workflow. Then paste the address again, or press Esc.';

/** Enter keeps the current answer. */
async function askAlarms(session: Session): Promise<void> {
  const { app } = session;
  const isTold = app.configuration.current().alarmUrl !== null;
  const nobody = {
    name: 'No one: I’ll check `status`',
    value: isTold ? ('nobody' as const) : ('same' as const),
    description: 'status and doctor show it too',
  };
  const whom = await askOne<'webhook' | 'nobody' | 'same'>(
    'Who should be notified when something needs you?',
    [
      ...(isTold ? [{ name: 'The stored webhook', value: 'same' as const }] : []),
      nobody,
      {
        name: 'A channel, through an incoming webhook (Slack, Teams, Mattermost, …)',
        value: 'webhook',
        description: 'once when something needs you, once when it’s resolved',
      },
    ],
  );
  if (whom === 'same') return;
  if (whom === 'nobody') {
    await keep(app, { alarms: { kind: 'nobody' } });
    good(session, 'No one is notified.');
    return;
  }
  await untilItWorks(session, async () => {
    const url = await askSecret(askOf('alarm_url').message);
    const alarms = await checkOwnAddress(app, 'alarm_url', url);
    // Teams accepts a message before it fails.
    if (alarms && !(await askYes('Did the test message arrive in the channel?', true)))
      throw new AppError('vendor', 'The address accepted the test, but nothing arrived.', NO_SHOW);
    await keep(app, { alarms });
  });
  good(session, 'Alarms go to the channel.');
}

function printSummary(session: Session): void {
  printSet(session, 'Summary');
  const { app, io } = session;
  if (!isServing(app.home) && process.platform === 'linux')
    io.out('To run it under systemd, at every boot: codesubmit-lever service install');
  io.out('To change anything: codesubmit-lever setup. To look: codesubmit-lever status');
}
