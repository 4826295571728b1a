/** Setup on a terminal: sets up everything in one pass, or changes one thing that works. */
import { challengeInWords } from '../../domain/rule.js';
import { AppError } from '../../domain/errors.js';
import type { App } from '../../admin/app.js';
import {
  changeSettings,
  checkOwnAddress,
  findSecret,
  givenSecret,
  keep,
} from '../../admin/setup/answers.js';
import { featuresOn, refusalInWords, requireFeatures } from '../../admin/setup/lever-features.js';
import { lookAtCodeSubmit, lookAtLever } from '../../admin/setup/look-ups.js';
import { setUp } from '../../admin/setup/set-up.js';
import { findLever, openLever } from '../../admin/setup/vendor-checks.js';
import { listLeft } from '../../admin/facts/facts.js';
import { isServing } from '../../store/home/is-serving.js';
import type { KeyName } from '../../store/settings/configuration.js';
import type { Settings } from '../../store/settings/settings.js';
import { askOf } from '../questions.js';
import { findInvited, onPeople } from '../find-invited.js';
import { sayRecipients, sendingInWords } from '../terminal/confirm-sending.js';
import { wrappingIo, type Io } from '../terminal/io.js';
import { askOne, askRows, askSecret, askYes, WentBack, type Row } from '../terminal/ask.js';
import { codesubmitRows } from './codesubmit.js';
import { leverRows } from './lever.js';
import { askRules, type RuleAnswers } from './rules.js';
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
    rows: (session) => [{ ask: async () => activate(session, await askRules(session)) }],
  },
  webhook: { heading: 'The webhook', name: 'The webhook', rows: webhookRows },
  recruiters: {
    heading: 'What recruiters see in Lever',
    name: 'What recruiters see in Lever',
    rows: recruiterRows,
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
  const session: Session = { io: wrappingIo(io), app, heading: '', leverAuth };
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

// Running it again: the groups, and what is set.

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

// What an earlier session answered.

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
async function activate(session: Session, answers?: RuleAnswers): Promise<void> {
  const { app, io } = session;
  const result = await setUp(
    app,
    { settings: {}, existing: 'leave', ...answers },
    {
      onPeople: onPeople(io),
      mayInvite: async (tried, planned) => {
        const recipients = await findInvited(io, app, tried, planned);
        if (recipients.length === 0) return true;
        sayRecipients(io, recipients);
        const what = sendingInWords(recipients);
        return askYes(`Send ${what}? (no leaves them as they are)`, false);
      },
    },
  );
  if (result.kind === 'declined') {
    await activate(session, answers && { ...answers, existing: 'leave' });
    return;
  }
  if (result.kind === 'login_needed') {
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

// Where it runs, alarms, what recruiters see.

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
  if (publicUrl === null) good(session, `Listening on ${upstream}; no public address${by}`);
  else good(session, `Public at ${publicUrl}${by}, listening on ${upstream}`);
  // In practice there is no proxy.
  if (publicUrl?.startsWith('https:') === true)
    printProxy(session.io, new URL(publicUrl), upstream);
}

/** A ready configuration block for the two most common proxies. */
function printProxy(io: Io, address: URL, upstream: string): void {
  const base = address.pathname.replace(/\/$/, '');
  const lines = [
    'nginx:',
    ...['/webhooks/', '/oauth/', '/healthz'].map(
      (path) => `  location ${base}${path} { proxy_pass http://${upstream}; }`,
    ),
    'Caddy:',
    `  ${address.host} {`,
    `    reverse_proxy ${upstream}`,
    '  }',
  ];
  for (const line of lines) io.out(io.paint.dim(`  ${line}`));
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

/** Each answer is tested and stored at once. */
function recruiterRows(session: Session): Row[] {
  const keepFeature = async (changed: Partial<Settings>): Promise<void> => {
    await requireFeatures(() => openLever(session.app), settingsOf(session), changed);
    await changeSettings(session.app, changed);
  };
  return [
    settingRow(session, 'holdTags', { keep: (holdTags) => keepFeature({ holdTags }) }),
    settingRow(session, 'progressTags', { keep: (progressTags) => keepFeature({ progressTags }) }),
    settingRow(session, 'completionNote', {
      keep: (completionNote) => keepFeature({ completionNote }),
    }),
    {
      isOnce: true,
      ask: async () => {
        good(session, `In Lever: ${featuresOn(settingsOf(session)).join(', ') || 'links only'}`);
      },
    },
  ];
}

function printSummary(session: Session): void {
  printSet(session, 'Summary');
  const { app, io } = session;
  if (!isServing(app.home) && process.platform === 'linux')
    io.out('To run it under systemd, at every boot: codesubmit-lever service install');
  io.out('To change anything: codesubmit-lever setup. To look: codesubmit-lever status');
}
