/** The webhook: its address first, then its signing token, then Lever's Verify Connection. */
import { MINUTE_MS } from '../../domain/clock.js';
import { AppError } from '../../domain/errors.js';
import { isGuessable, SIGNING_TOKEN } from '../../domain/signing-token.js';
import { changeSettings, keep, webhookIdOf } from '../../admin/setup/answers.js';
import { webhooksTab } from '../../admin/setup/foreign-webhooks.js';
import { probePublicUrl } from '../../admin/setup/public-address.js';
import { TemporaryServer, type Refusals } from '../../serve/http/temporary-server.js';
import { webhookUrl } from '../../store/settings/settings.js';
import { askOf } from '../questions.js';
import {
  askOne,
  askSecret,
  askText,
  askUntil,
  pollUntil,
  type Row,
  type Say,
} from '../terminal/ask.js';
import { askSetting, good, settingsOf, warn, type Session } from './session.js';

const POLL_MS = 300;
const IMPATIENCE_MS = MINUTE_MS;

/** Without one the stages are checked every minute. */
export function webhookRows(session: Session): Row[] {
  let isThere = false;
  const hasAddress = (): boolean => settingsOf(session).publicUrl !== null;
  return [
    {
      isOnce: true,
      when: () => !hasAddress(),
      ask: async () => {
        sayEveryMinute(session);
      },
    },
    {
      when: hasAddress,
      ask: async () => {
        isThere = await askWhetherCreated(session);
      },
    },
    { isOnce: true, when: () => hasAddress() && isThere, ask: () => verify(session) },
  ];
}

async function askWhetherCreated(session: Session): Promise<boolean> {
  const { app, io } = session;
  const settings = settingsOf(session);
  const webhookId = webhookIdOf(settings);
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
        name: 'Lever has no Webhooks page',
        value: 'none',
        description: 'not every plan has one: Lever is checked every minute instead',
      },
    ],
  );
  await changeSettings(app, { webhookWay: answer === 'none' ? 'none' : 'paste' });
  if (answer === 'none') sayEveryMinute(session);
  return answer === 'yes';
}

/** What that costs. */
function sayEveryMinute({ io, app }: Session): void {
  const stages = new Set(app.rules.listActive().map(({ stageId }) => stageId)).size;
  io.out(
    `No webhook: Lever is checked every minute. That’s ${stages * 60} calls an hour for up to 100 candidates in each stage; Lever allows 36,000.`,
  );
}

async function verify(session: Session): Promise<void> {
  const server = new TemporaryServer(session.app);
  try {
    const isOpened = await open(session, server);
    await sayProbe(session);
    do {
      await askToken(session);
      session.io.out('Now turn it on in Lever and press Verify Connection.');
    } while (!(await awaitDelivery(session, server, isOpened)) && (await pastesAgain(server)));
  } finally {
    await server.close();
  }
}

/** False when the running daemon answers instead, or nothing does. A taken port doesn't end the session. */
async function open(session: Session, server: TemporaryServer): Promise<boolean> {
  for (;;) {
    try {
      return await server.open();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
      warn(session, error.message);
    }
    const isLeft = await askOne('What now?', [
      {
        name: 'Use another port',
        value: false,
        description: 'your proxy must forward to it, too',
      },
      { name: 'Continue; I’ll check later', value: true },
    ]);
    if (isLeft) return false;
    await changeSettings(session.app, { port: await askSetting(session, 'port') });
  }
}

/** Lever may reach the public address even if this machine can't. In practice there is only this machine. */
async function sayProbe(session: Session): Promise<void> {
  const { publicUrl } = settingsOf(session);
  if (publicUrl === null || publicUrl.startsWith('http:')) return;
  const { isReached, sentence } = await probePublicUrl(publicUrl, session.app.calls.http);
  if (isReached) good(session, sentence);
  else warn(session, `${sentence}. Lever may still reach it.`);
}

async function askToken(session: Session): Promise<void> {
  const { app } = session;
  for (;;) {
    const [stored] = app.configuration.current().signingTokens;
    const token = await askSecret(askOf('signing_token').message, stored);
    if (isGuessable(token)) {
      warn(session, 'This is one character repeated, which anyone can guess.');
      continue;
    }
    const isUsual = SIGNING_TOKEN.test(token);
    if (!isUsual)
      warn(session, `Lever’s tokens have 48 hexadecimal characters; this one has ${token.length}.`);
    const isTaken =
      isUsual ||
      (await askOne('Use it anyway?', [
        { name: 'No, paste it again', value: false },
        { name: 'Yes', value: true },
      ]));
    if (!isTaken) continue;
    await keep(app, { settings: { webhookWay: 'paste' }, signingTokens: [token] });
    const isReplaced = stored !== undefined && stored !== token;
    const old = ' The old token stays valid for two weeks, for Rerun in Lever.';
    good(session, `Saved.${isReplaced ? old : ''}`);
    return;
  }
}

/** Asked only if deliveries came whose signature didn't match. */
async function pastesAgain({ refusals }: TemporaryServer): Promise<boolean> {
  if (refusals.forged === 0) return false;
  return askOne('What now?', [
    { name: 'Paste the signature token again', value: true },
    { name: 'Leave it for later', value: false },
  ]);
}

/** Waits for Lever's first delivery. True if a signed one came before the user stopped waiting. */
async function awaitDelivery(
  session: Session,
  server: TemporaryServer,
  isOpened: boolean,
): Promise<boolean> {
  const since = session.app.runtime.clock.now();
  const answer = await askUntil(
    (say, signal) => watch(session, server, { isOpened, since, say }, signal),
    (signal) => askText('Waiting for Lever; press Enter to stop waiting', { signal }),
  );
  if ('came' in answer) {
    good(session, 'Verified: Lever reaches this address, and its signature is right.');
    return true;
  }
  warn(session, 'Not verified yet.', 'Check later: codesubmit-lever status');
  return false;
}

/** Resolves when a signed delivery has come, and reports meanwhile what goes wrong. */
function watch(
  session: Session,
  { refusals }: TemporaryServer,
  { isOpened, since, say }: { isOpened: boolean; since: number; say: Say },
  signal: AbortSignal,
): Promise<true> {
  const began = performance.now();
  let seen = refusals.forged + refusals.malformed;
  let hasHinted = false;
  const look = (): true | undefined => {
    const { last_delivery_at: at } = session.app.configuration.row();
    if (at !== null && at >= since) return true;
    const refused = refusals.forged + refusals.malformed;
    if (refused !== seen) say(() => warn(session, ...explainRefusals(refusals)));
    seen = refused;
    if (!hasHinted && performance.now() - began > IMPATIENCE_MS) {
      hasHinted = true;
      const daemon = isOpened ? '' : ' The running daemon answers; see its log.';
      say(() =>
        warn(
          session,
          'Nothing has come for a minute.',
          `Check that Lever has this URL, that the proxy forwards it, and that the webhook is on.${daemon}`,
        ),
      );
    }
    return undefined;
  };
  return pollUntil(look, POLL_MS, signal);
}

/** What is wrong, and what fixes it. */
function explainRefusals({ forged, tokenMixups }: Refusals): [string, string?] {
  if (forged + tokenMixups === 0) return ['A request came that isn’t from Lever.'];
  return [
    tokenMixups > 0
      ? 'The signature doesn’t match: you pasted the “token” of a delivery.'
      : 'A delivery came, but its signature doesn’t match.',
    'Paste the webhook’s signature token, not the “token” of a delivery.',
  ];
}
