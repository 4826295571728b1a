/** The webhook: its address first, then its signing token, then Lever's Verify Connection. */
import { MINUTE_MS } from '../../domain/clock.js';
import { checkSigningToken, webhookUrl } from '../../store/settings/settings.js';
import { changeSettings, storeAndApply, webhookIdOf } from '../../admin/setup/answers.js';
import { webhooksTab } from '../../admin/facts/webhook-facts.js';
import { probePublicUrl } from '../../admin/facts/public-address.js';
import { TemporaryServer } from '../../serve/http/http-server.js';
import { askOne, askRows, askUntil, WentBack, type Row, type Say } from '../terminal/ask.js';
import { listen, secretRow, settingsOf, watchProblems, type Session } from './session.js';

const HINT_AFTER_MS = MINUTE_MS;

/** Asks for the webhook. Without a public address there is none, and the stages are checked every minute. */
export function webhookRows(session: Session): Row[] {
  let isCreated = false;
  const hasAddress = (): boolean => settingsOf(session).publicUrl !== null;
  return [
    {
      isOnce: true,
      when: () => !hasAddress(),
      ask: async () => {
        sayCostWithoutWebhook(session);
      },
    },
    {
      when: hasAddress,
      ask: async () => {
        isCreated = await askWhetherCreated(session);
      },
    },
    { isOnce: true, when: () => hasAddress() && isCreated, ask: () => verify(session) },
  ];
}

async function askWhetherCreated(session: Session): Promise<boolean> {
  const { app, io } = session;
  const settings = settingsOf(session);
  const webhookId = webhookIdOf(settings);
  // Stored before it's shown, so the address in Lever stays right.
  await changeSettings(app, { webhookId });
  io.out('Create it in Lever with + Add webhook:');
  io.out(`  ${webhooksTab(settings)}`);
  io.out('  event: Candidate Stage Change');
  io.out(`  URL:   ${webhookUrl({ ...settings, webhookId }) ?? ''}`);
  const answer = await askOne<'yes' | 'later' | 'none'>(
    'Have you created it, with its signature token ready?',
    [
      { name: 'Yes', value: 'yes' },
      {
        name: 'Not now',
        value: 'later',
        description: 'until then Lever is checked every few minutes',
      },
      {
        name: 'Lever has no such page',
        value: 'none',
        description: 'not every plan has one: Lever is checked every minute instead',
      },
    ],
  );
  await changeSettings(app, { webhookWay: answer === 'none' ? 'none' : 'paste' });
  if (answer === 'none') sayCostWithoutWebhook(session);
  return answer === 'yes';
}

/** Checking costs one call a minute for each stage of a rule. */
function sayCostWithoutWebhook({ io, app }: Session): void {
  const stages = new Set(app.rules.listActive().map(({ stageId }) => stageId)).size;
  io.out(
    `No webhook: Lever is checked every minute. That’s ${stages * 60} calls an hour for up to 100 candidates in each stage; Lever allows 36,000.`,
  );
}

/** Esc at its first question goes back to whether the webhook is created. */
async function verify(session: Session): Promise<void> {
  const { app, io } = session;
  const server = new TemporaryServer(app);
  try {
    await askRows([
      {
        isOnce: true,
        ask: async () => {
          await listen(session, server);
          await sayProbe(session);
        },
      },
      // Esc may come back to this one, because Enter keeps the stored token.
      secretRow(session, 'signing_token', {
        isOnce: false,
        take: (token) => takeToken(session, token),
      }),
      {
        ask: async () => {
          io.out('Now turn it on in Lever and press Verify Connection.');
          await awaitDelivery(session);
        },
      },
    ]);
  } finally {
    await server.close();
  }
}

/**
 * Says whether the public address answers. That this machine can't reach it proves little: Lever may. An http address is
 * the practice mode's, on this machine only, so it isn't probed.
 */
async function sayProbe(session: Session): Promise<void> {
  const { publicUrl } = settingsOf(session);
  if (publicUrl === null || publicUrl.startsWith('http:')) return;
  const { isReached, sentence } = await probePublicUrl(publicUrl, session.app.calls.http);
  if (isReached) session.io.good(sentence);
  else session.io.warn(`${sentence}. Lever may still reach it.`);
}

async function takeToken(session: Session, token: string): Promise<void> {
  const { app } = session;
  const odd = checkSigningToken(token, 'your answer');
  if (odd !== undefined) session.io.warn(odd);
  const { signingTokens } = app.configuration.current();
  const isReplaced = signingTokens.length > 0 && !signingTokens.includes(token);
  const wasUsed = app.configuration.row().webhook_verified_at !== null;
  await storeAndApply(app, { settings: { webhookWay: 'paste' }, signingTokens: [token] });
  const old = ' The old token stays valid for two weeks, for Rerun in Lever.';
  session.io.good(`Saved.${isReplaced && wasUsed ? old : ''}`);
}

/** Waits for Lever's first delivery. Goes back to the token if one was rejected meanwhile. */
async function awaitDelivery(session: Session): Promise<void> {
  const { app } = session;
  const look = watchForDelivery(session);
  const answer = await askUntil('Waiting for Lever; press Enter to stop waiting', look);
  if ('came' in answer) {
    session.io.good('Verified: Lever reaches this address, and its signature is right.');
    return;
  }
  session.io.warn('Not verified yet.', 'Check later: codesubmit-lever status');
  if (!app.problems().some(({ code }) => code === 'signatures_refused')) return;
  const isAgain = await askOne('What now?', [
    { name: 'Paste the signature token again', value: true },
    { name: 'Leave it for later', value: false },
  ]);
  if (isAgain) throw new WentBack();
}

/** The result, called again and again, is true once a signed delivery came. It reports meanwhile what goes wrong. */
function watchForDelivery(session: Session): (say: Say) => true | undefined {
  const since = session.app.runtime.clock.now();
  const began = performance.now();
  const newProblems = watchProblems(session);
  let hasHinted = false;
  return (say) => {
    const { last_delivery_at: at } = session.app.configuration.row();
    if (at !== null && at >= since) return true;
    for (const { what, fix } of newProblems()) say(() => session.io.warn(`${what}.`, fix));
    if (!hasHinted && performance.now() - began > HINT_AFTER_MS) {
      hasHinted = true;
      say(() =>
        session.io.warn(
          'Nothing has come for a minute.',
          'Check that Lever has this URL, that the proxy forwards it, and that the webhook is on.',
        ),
      );
    }
    return undefined;
  };
}
