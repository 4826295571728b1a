/**
 * What waits for Lever: the webhook (its address first, then its signing token, then Lever's Verify Connection), and a
 * test with your own address.
 */
import { requestStageCheck } from '../../admin/actions/admin-actions.js';
import { listProblems } from '../../admin/facts/facts.js';
import { probePublicUrl } from '../../admin/facts/public-address.js';
import { webhooksTab } from '../../admin/facts/webhook-facts.js';
import { changeSettings, storeAndApply, webhookIdOf } from '../../admin/setup/answers.js';
import { isForEvery, listChallengeTags } from '../../domain/decide/challenge-tags.js';
import { count, minutesInWords } from '../../domain/format.js';
import { ANY_TAG, challengeInWords } from '../../domain/rule.js';
import { isServing } from '../../store/database/file-lock.js';
import { checkSigningToken, webhookUrl } from '../../store/settings/settings.js';
import { watchHappenings } from '../narrate.js';
import {
  askOne,
  askRows,
  askUntil,
  choice,
  WentBack,
  type Row,
  type Say,
} from '../terminal/ask.js';
import type { Session } from './session.js';

/** How often to ask a daemon without a webhook to check. */
const NUDGE_MS = 5_000;

/**
 * The rows about the webhook: whether it is created in Lever, then its verification. Without a public address there is
 * none, and the stages are checked instead.
 */
export function webhookRows(session: Session): Row[] {
  let isCreated = false;
  const hasAddress = (): boolean => session.settings.publicUrl !== null;
  return [
    {
      isSkippedByEsc: true,
      when: () => !hasAddress(),
      ask: async () => {
        sayCostWithoutWebhook(session);
      },
    },
    {
      when: hasAddress,
      ask: async () => (isCreated = await askWhetherCreated(session)),
    },
    { isSkippedByEsc: true, when: () => hasAddress() && isCreated, ask: () => verify(session) },
  ];
}

/** Shows what to enter in Lever. True once the webhook is created there; until then it isn't verified. */
async function askWhetherCreated(session: Session): Promise<boolean> {
  const { app, io } = session;
  const settings = session.settings;
  const webhookId = webhookIdOf(settings);
  // Stored before it's shown, so the address in Lever stays right.
  await changeSettings(app, { webhookId });
  io.out('Create it in Lever with + Add webhook:');
  io.out(`  ${webhooksTab(settings)}`);
  io.out('  event: Candidate Stage Change');
  // Stored may still be that there is no webhook, which has no URL.
  const url = webhookUrl({ ...settings, webhookId, webhookWay: 'paste' });
  io.out(`  URL:   ${url ?? ''}`);
  const answer = await askOne<'yes' | 'later' | 'none'>(
    'Have you created it, with its signature token ready?',
    [
      choice('Yes', 'yes'),
      choice('Not now', 'later', 'until then Lever is checked every few minutes'),
      choice('Lever has no such page', 'none', 'then Lever is checked every minute instead'),
    ],
  );
  await changeSettings(app, { webhookWay: answer === 'none' ? 'none' : 'paste' });
  if (answer === 'none') sayCostWithoutWebhook(session);
  return answer === 'yes';
}

/**
 * Says how many calls the checks cost that replace a webhook. Each takes one, and one for each stage of the rules, if
 * that has at most a hundred candidates.
 */
function sayCostWithoutWebhook({ io, app, settings }: Session): void {
  const { sweepMinutes } = settings;
  const stages = new Set(app.rules.listActive().map(({ stageId }) => stageId)).size;
  const calls = count(Math.ceil(((stages + 1) * 60) / sweepMinutes), 'call');
  const often = minutesInWords(sweepMinutes);
  io.out(`No webhook: Lever is checked every ${often}, by ${calls} an hour; it allows 36,000.`);
}

/**
 * Takes the signing token, then waits for Lever's test delivery. This session's server gets it unless a daemon runs.
 * Esc at the first question goes back to whether the webhook is created.
 */
async function verify(session: Session): Promise<void> {
  const { io } = session;
  const server = await session.listen();
  try {
    await sayWhetherReached(session);
    await askRows([
      // Esc may come back to this one, because Enter keeps the stored token.
      session.secretRow('signing_token', {
        isSkippedByEsc: false,
        take: (token) => takeToken(session, token),
      }),
      async () => {
        io.out('Now turn it on in Lever and press Verify Connection.');
        await awaitDelivery(session);
      },
    ]);
  } finally {
    await server?.close();
  }
}

/**
 * Says whether the public address answers. That this machine can't reach it proves little: Lever may. An http address
 * is the practice mode's, on this machine only, so it isn't probed.
 */
async function sayWhetherReached(session: Session): Promise<void> {
  const { publicUrl } = session.settings;
  if (publicUrl === null || publicUrl.startsWith('http:')) return;
  const reached = await probePublicUrl(publicUrl, session.app.http);
  if (typeof reached === 'string') session.io.good(reached);
  else session.io.warn(`${reached.what}.`);
}

/**
 * Stores the token in place of all stored ones. The one that Enter keeps replaces none: other webhooks may have tokens
 * of their own.
 */
async function takeToken({ app, io }: Session, token: string): Promise<void> {
  const isKept = token === app.secrets.list('signing_token', app.clock.now())[0];
  const warning = checkSigningToken(token, 'your answer');
  if (warning !== undefined) io.warn(warning);
  await storeAndApply(app, {
    settings: { webhookWay: 'paste' },
    signingTokens: isKept ? [] : [token],
  });
  io.good('Saved.');
}

/**
 * Waits for a delivery from Lever, or for Enter, and reports meanwhile what goes wrong. If signatures were rejected,
 * the user may go back to the token (`WentBack`).
 */
async function awaitDelivery(session: Session): Promise<void> {
  const { app, io } = session;
  const since = app.clock.now();
  const sayProblems = watchProblems(session);
  const answer = await askUntil('Waiting for Lever; press Enter to stop waiting', (say) => {
    const { last_delivery_at: at } = app.integration.read();
    if (at !== null && at >= since) return true;
    sayProblems(say);
    return undefined;
  });
  if ('came' in answer) {
    io.good('Verified: Lever reaches this address, and its signature is right.');
    return;
  }
  io.warn(
    'Nothing has arrived from Lever yet. Check that it has this URL, that the proxy forwards it, and that the webhook is on.',
    'Check later: codesubmit-lever status',
  );
  if (!listProblems(app).some(({ code }) => code === 'signatures_refused')) return;
  const isAgain = await askOne('What now?', [
    choice('Paste the signature token again', true),
    choice('Leave it for later', false),
  ]);
  if (isAgain) throw new WentBack();
}

/** Each call of the result says the problems that came up since the call before, or since now. */
function watchProblems({ app, io }: Session): (say: Say) => void {
  const said = new Set(listProblems(app).map(({ what }) => what));
  return (say) => {
    for (const { what, fix } of listProblems(app)) {
      if (said.has(what)) continue;
      said.add(what);
      say(() => io.warn(`${what}.`, fix));
    }
  };
}

/** The rows of a test: whether to run one, a wait for the daemon, which does the work, and the test if it runs. */
export function trialRows(session: Session): Row[] {
  const { app, io } = session;
  let isWanted = false;
  return [
    {
      ask: async () =>
        (isWanted = await askOne('Run a test with your own e-mail address?', [
          choice('Yes', true, 'needs the daemon running in another terminal'),
          choice('Skip', false),
        ])),
    },
    {
      when: () => isWanted && !isServing(app.home),
      ask: async () => {
        io.out('In another terminal: codesubmit-lever serve');
        await askUntil(
          'Waiting for the daemon; Enter skips',
          () => isServing(app.home) || undefined,
        );
      },
    },
    { when: () => isWanted && isServing(app.home), ask: () => awaitMove(session) },
  ];
}

/**
 * Says whom to move in Lever, then waits until a link is in Lever, or for Enter. Reports meanwhile what happens to
 * anyone moved from now on.
 */
async function awaitMove(session: Session): Promise<void> {
  const { app, io } = session;
  io.out('In Lever, create a candidate with your own address, add a tag, move them to its stage:');
  for (const words of rulesInWords(app)) io.out(`  ${words}`);
  const listNew = watchHappenings(app);
  const sayProblems = watchProblems(session);
  let nudgedAt = performance.now();
  const answer = await askUntil('Waiting for the move; Enter skips', async (say) => {
    const happened = listNew();
    for (const { sign, sentence } of happened)
      say(() => (sign === '✓' ? io.good(sentence) : io.warn(sentence)));
    if (happened.some(({ link }) => link !== null)) return true;
    sayProblems(say);
    // Without a webhook the daemon would notice the move only at its next regular check.
    const hasWebhook = app.integration.read().webhook_verified_at !== null;
    if (!hasWebhook && performance.now() - nudgedAt > NUDGE_MS) {
      nudgedAt = performance.now();
      await requestStageCheck(app);
    }
    return undefined;
  });
  if ('came' in answer) io.good('It works end to end. The link is under the candidate’s Links.');
}

/** Each rule as its stage, the tag to add, and the challenge. A rule for every challenge is shown by its first one. */
function rulesInWords({ rules, list }: Session['app']): string[] {
  const active = rules.listActive();
  return active.map((rule) => {
    const [first] = isForEvery(rule) ? listChallengeTags(rule, list.catalog(), active) : [];
    // A rule for `*` is for candidates who have none of the challenge tags.
    const who = rule.tag === ANY_TAG ? 'no challenge tag' : (first?.tag ?? rule.tag);
    return `“${rule.stageName}”, ${who} → ${first?.challenge.name ?? challengeInWords(rule)}`;
  });
}
