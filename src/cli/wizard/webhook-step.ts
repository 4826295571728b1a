/** The webhook: created through Lever's API, or manually with its token and Verify Connection. */
import { AppError } from '../../domain/errors.js';
import { failureInWords } from '../../domain/failure-words.js';
import { WEBHOOK_EVENTS, wordsOfEvent } from '../../domain/lever-ports.js';
import { isGuessable, SIGNING_TOKEN } from '../../domain/signing-token.js';
import { probePublicUrl } from '../../setup/public-address.js';
import { TemporaryServer } from '../../setup/temporary-server.js';
import { webhooksTab } from '../../setup/webhooks/foreign-webhooks.js';
import type { WebhooksKept } from '../../setup/webhooks/sync-webhooks.js';
import { webhookUrl } from '../../storage/settings/settings.js';
import { askOne, askSecret } from './ask.js';
import { type OpenServer, awaitDelivery } from './await-delivery.js';
import { askPort } from './place-step.js';
import { setUpProgress, sayWebhooks, whatIsLeftOfWebhooks } from './setup-words.js';
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
        description: 'the web server must forward to it, too',
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

// Webhooks through Lever's API: creates them, names them, and waits until a Super Admin has turned
// their events on.

/** Returns false if this key or login may not create webhooks: then one is created manually. */
async function makeWebhooks(context: WizardContext, publicUrl: string): Promise<boolean> {
  await context.session.changeSettings({ webhookWay: 'api' });
  return withTemporaryServer(context, async (server) => {
    const kept = await keep(context);
    if (kept.kind === 'refused') {
      await context.session.changeSettings({ webhookWay: 'paste' });
      return false;
    }
    if (kept.kind === 'kept') {
      await sayProbe(context, publicUrl);
      await untilSwitchedOn(context, server);
    }
    return true;
  });
}

function syncWithLever({ setup, io }: WizardContext): Promise<WebhooksKept | undefined> {
  return setup.syncWebhooks({ isRenewal: false, onMaking: setUpProgress(io).onWebhook });
}

/** Repeated while Lever can't be reached, unless the user leaves it for later. */
async function keep(context: WizardContext): Promise<WebhooksKept> {
  for (;;) {
    const kept = await syncWithLever(context);
    if (!kept) throw new Error('webhooks should exist, but nothing was done');
    sayKept(context, kept);
    if (kept.kind !== 'failed') return kept;
    const isEnough = await askOne('What now?', [
      { name: 'Try again', value: false },
      { name: 'Leave it for later', value: true, description: 'run setup again to continue' },
    ]);
    if (isEnough) return kept;
  }
}

export function sayKept(context: WizardContext, kept: WebhooksKept | undefined): void {
  if (!kept) return;
  const done = sayWebhooks(kept);
  if (done !== undefined) good(context, done);
  if (kept.kind === 'failed')
    warn(context, `The webhooks could not be created: ${failureInWords(kept.error)}.`);
  for (const line of whatIsLeftOfWebhooks(kept, context.session.stored.settings()))
    warn(context, line);
}

async function untilSwitchedOn(context: WizardContext, server: OpenServer): Promise<void> {
  const { io, app, session } = context;
  if (app.configuration.row().webhook_verified_at !== null) {
    good(context, 'Lever has already delivered to this address.');
    return;
  }
  io.out(
    `Webhooks created through the API stay silent until a Super Admin turns on their events: ${WEBHOOK_EVENTS.map(wordsOfEvent).join(', ')}.`,
  );
  io.out(`  ${webhooksTab(session.stored.settings())}`);
  io.out('Then press Verify Connection there, or move a candidate.');
  await awaitDelivery(context, server);
}

type Way = 'api' | 'paste' | 'later';

/** Enter keeps the current way, or takes the shortest one if there is none. */
function present({ app, session }: WizardContext): Way {
  const { webhookWay } = session.stored.settings();
  if (webhookWay !== 'paste') return webhookWay === 'api' ? 'api' : 'later';
  return app.configuration.current().signingTokens.length > 0 ? 'paste' : 'api';
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
  const way = await askOne<Way>(
    'How do you want to create it?',
    [
      {
        name: 'Through Lever’s API, now',
        value: 'api',
        description: 'for moves, archiving and deleting; the key needs the webhook permission',
      },
      { name: 'Manually, on Lever’s page', value: 'paste' },
      {
        name: 'Later, or Lever has no Webhooks tab',
        value: 'later',
        description: 'until then Lever is checked every few minutes',
      },
    ],
    present(context),
  );
  if (way === 'later') return;
  const isMade = way === 'api' && (await makeWebhooks(context, publicUrl));
  if (!isMade) await pasteToken(context, publicUrl, url);
}

async function pasteToken(context: WizardContext, publicUrl: string, url: string): Promise<void> {
  const { session, io } = context;
  io.out('Create it in Lever with + Add webhook:');
  io.out(`  ${webhooksTab(session.stored.settings())}`);
  io.out('  event: Candidate Stage Change');
  io.out(`  URL:   ${url}`);
  const isThere = await askOne('Have you created it, with its signature token ready?', [
    { name: 'Yes', value: true },
    { name: 'Not now', value: false, description: 'until then Lever is checked every few minutes' },
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
    await context.session.answerSigningToken(token);
    good(context, 'Saved. The old token stays valid for two weeks, for Rerun in Lever.');
    // It replaces those created through the API.
    await context.session.changeSettings({ webhookWay: 'paste' });
    sayKept(context, await syncWithLever(context));
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
