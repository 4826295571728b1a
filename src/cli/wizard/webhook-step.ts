/** The webhook: its address first, then its signing token, then Lever's Verify Connection. */
import { AppError } from '../../domain/errors.js';
import { isGuessable, SIGNING_TOKEN } from '../../domain/signing-token.js';
import { probePublicUrl } from '../../setup/public-address.js';
import { TemporaryServer } from '../../setup/temporary-server.js';
import { webhooksTab } from '../../setup/foreign-webhooks.js';
import { webhookUrl } from '../../storage/settings/settings.js';
import { askOne, askSecret } from './ask.js';
import { type OpenServer, awaitDelivery } from './await-delivery.js';
import { askPort } from './place-step.js';
import { warn, type WizardContext, good, heading } from './wizard-context.js';

// Runs the daemon's HTTP server during a step. A taken port doesn't end the setup session.

/** Closes the server when `use` has ended. */
async function withTemporaryServer<T>(
  context: WizardContext,
  use: (server: OpenServer) => Promise<T>,
): Promise<T> {
  const ingress = new TemporaryServer(context.app);
  try {
    return await use({ ingress, isOpened: await open(context, ingress) });
  } finally {
    await ingress.close();
  }
}

async function open(context: WizardContext, ingress: TemporaryServer): Promise<boolean> {
  for (;;) {
    try {
      return await ingress.open();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
      warn(context, error.message);
    }
    const goesOn = await askOne('What now?', [
      {
        name: 'Use another port',
        value: false,
        description: 'your proxy must forward to it, too',
      },
      { name: 'Continue; I’ll check later', value: true },
    ]);
    if (goesOn) return false;
    await askPort(context);
  }
}

/** Reports what answers at the public address. Lever may reach it even if this machine can't. */
async function sayProbe(context: WizardContext, publicUrl: string): Promise<void> {
  const { isReached, sentence } = await probePublicUrl(publicUrl, context.app.clients.http);
  if (isReached) good(context, sentence);
  else warn(context, `${sentence}. Lever may still reach it.`);
}

/** Without one the stages are checked regularly. */
export async function askWebhook(context: WizardContext): Promise<void> {
  heading(context, 'The webhook');
  const { session, io } = context;
  const { publicUrl } = session.stored.settings();
  if (publicUrl === null) {
    io.out('Without a public address there’s no webhook. Lever is checked every few minutes.');
    return;
  }
  const url = webhookUrl({ publicUrl, webhookId: await session.webhookId() }) ?? '';
  io.out('Create it in Lever with + Add webhook:');
  io.out(`  ${webhooksTab(session.stored.settings())}`);
  io.out('  event: Candidate Stage Change');
  io.out(`  URL:   ${url}`);
  const isThere = await askOne('Have you created it, with its signature token ready?', [
    { name: 'Yes', value: true },
    {
      name: 'Not now, or Lever has no Webhooks tab',
      value: false,
      description: 'until then Lever is checked every few minutes',
    },
  ]);
  if (!isThere) return;
  await withTemporaryServer(context, async (server) => {
    await sayProbe(context, publicUrl);
    do {
      await askToken(context);
      io.out('Now turn it on in Lever and press Verify Connection.');
    } while (!(await awaitDelivery(context, server)) && (await pastesAgain(server.ingress)));
  });
}

async function askToken(context: WizardContext): Promise<void> {
  for (;;) {
    const token = await askSecret('Signature token of the webhook');
    if (isGuessable(token)) {
      warn(context, 'This is one character repeated, which anyone can guess.');
      continue;
    }
    const isUsual = SIGNING_TOKEN.test(token);
    if (!isUsual)
      warn(context, `Lever’s tokens have 48 hexadecimal characters; this one has ${token.length}.`);
    const isTaken =
      isUsual ||
      (await askOne('Use it anyway?', [
        { name: 'No, paste it again', value: false },
        { name: 'Yes', value: true },
      ]));
    if (!isTaken) continue;
    const isFirst = !context.session.stored.hasSigningToken();
    await context.session.answerSigningToken(token);
    good(
      context,
      isFirst ? 'Saved.' : 'Saved. The old token stays valid for two weeks, for Rerun in Lever.',
    );
    await context.session.changeSettings({ webhookWay: 'paste' });
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
