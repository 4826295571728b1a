/** Lever: an API key, ready in five minutes, or a login through an OAuth client. */
import type { ConnectedApp } from '../../app/connect-vendors.js';
import { AppError, messageOf } from '../../domain/errors.js';
import type { LeverLook } from '../../setup/setup-lookups.js';
import { parseSetting, settingsFromEnvironment } from '../../storage/settings/settings.js';
import { TemporaryServer } from '../../setup/temporary-server.js';
import { leverAppUrl } from '../../vendors/lever/api/lever-addresses.js';
import { findGrant, type Grant } from '../../vendors/lever/login/grant.js';
import {
  isTakenByLever,
  redirectUriOf,
  returnsToDaemon,
} from '../../vendors/lever/login/login-settings.js';
import type { FinishedLogin, StartedLogin } from '../../vendors/lever/login/login.js';
import type { LoginOutcome } from '../../vendors/lever/login/login-page.js';
import { askOne, askSearch, askSecret, askText, askUntil, askYes, type Choice } from './ask.js';
import { pollUntil } from './await-delivery.js';
import { currentJournal } from './going-back.js';
import {
  good,
  heading,
  tryGiven,
  untilItWorks,
  warn,
  type WizardContext,
} from './wizard-context.js';

const POLL_MS = 300;

const BOXES = [
  ['read opportunities', 'see candidates, their stages and tags'],
  ['write opportunities', 'add the challenge’s link'],
  ['read stages', 'choose stages'],
  ['read tags', 'find mistyped tags'],
  ['add, remove tags', 'show why a candidate is on hold, and progress'],
  ['read postings', 'decide between two challenge tags'],
  ['read users', 'choose who appears as the author'],
  ['read notes, create a note', 'write notes about the challenge'],
  ['list webhooks', 'notice a second integration'],
] as const;

/** Resolves once Lever has accepted the answer, which is stored. */
export async function askLever(context: WizardContext): Promise<LeverLook> {
  heading(context, 'Lever');
  await askEnvironment(context);
  const how = await askOne<'api_key' | 'oauth'>(
    'How do you want to connect?',
    [
      {
        name: 'API key',
        value: 'api_key',
        description: 'a Super Admin creates one in five minutes',
      },
      {
        name: 'OAuth client',
        value: 'oauth',
        description: 'if Lever’s partner team or your settings gave you one',
      },
    ],
    context.session.stored.settings().leverAuth,
  );
  const look = how === 'api_key' ? await askKey(context) : await askLogin(context);
  good(
    context,
    `Lever answers: ${look.stages.length} stages${look.seesConfidential ? ', confidential jobs too' : ''}`,
  );
  await askActingUser(context, look);
  return look;
}

/** Not asked while an integration is in use: the ids in its rules mean nothing in another Lever. */
async function askEnvironment({ app, session }: WizardContext): Promise<void> {
  if (app.integration.isInUse()) return;
  if (settingsFromEnvironment(app.runtime.env).leverEnvironment !== undefined) return;
  const leverEnvironment = await askOne<'production' | 'sandbox'>(
    'Which Lever?',
    [
      { name: 'Production', value: 'production' },
      { name: 'Sandbox (Lever’s test environment)', value: 'sandbox' },
    ],
    session.stored.settings().leverEnvironment,
  );
  await session.changeSettings({ leverEnvironment });
}

function printBoxes({ io, session }: WizardContext): void {
  const app = leverAppUrl(session.stored.settings());
  io.out('Create a key in Lever with Generate New Key:');
  io.out(`  ${app}/settings/integrations?tab=api`);
  io.out('Check these boxes (wording varies):');
  for (const [box, use] of BOXES) io.out(`  ☑ ${box.padEnd(26)}  ${io.paint.dim(use)}`);
  io.out('For confidential jobs, give the key that access now: it can’t be changed later.');
}

async function askKey(context: WizardContext): Promise<LeverLook> {
  const tryKey = async (key: string): Promise<LeverLook> =>
    context.lookups.look(await context.session.answerLeverKey(key, askSameAccount));
  const given = await tryGiven(context, 'lever_api_key', tryKey);
  if (given) return given;
  printBoxes(context);
  return untilItWorks(context, async () => {
    return tryKey(await askSecret('Lever API key'));
  });
}

/** Asked when there is nothing in Lever to compare. */
export function askSameAccount(): Promise<boolean> {
  return askYes('Is this the same Lever account as before?', false);
}

async function askLogin(context: WizardContext): Promise<LeverLook> {
  const { app, io, session, lookups } = context;
  await askCallback(context);
  const settings = session.stored.settings();
  const callback = redirectUriOf(settings);
  io.out(
    'Get a client from Lever’s partner team, or in Lever under Settings > Integrations and API > OAuth.',
  );
  io.out('It must have exactly this callback:');
  io.out(`  ${callback}`);
  if (!isTakenByLever(callback, settings)) {
    warn(
      context,
      'Lever’s production only accepts https callbacks.',
      'Give a public address first, or set LEVER_REDIRECT_URI.',
    );
  }
  io.out('It will ask for:');
  for (const { scope, feature } of lookups.scopesAskedFor(false)) {
    io.out(`  • ${scope.padEnd(25)}  ${io.paint.dim(feature)}`);
  }
  return untilItWorks(context, async () => {
    const id = await askText('Client id', {
      initial: session.stored.settings().leverClientId ?? undefined,
      check: (text) => text !== '' || 'Lever shows it next to the client.',
    });
    const secret = await askClientSecret(context, id);
    const isConfidentialWanted = await askYes(
      'Include confidential jobs? (can’t be added later)',
      session.stored.settings().includeConfidential,
    );
    const client = { id, secret };
    const started = await app.login.start({ settings, client, isConfidentialWanted });
    await session.keepClient(client);
    await logIn(context, started);
    // Esc doesn't go back to the login in the browser.
    currentJournal()?.cutTo(0);
    const look = await lookups.findLever();
    if (look) return look;
    throw new Error('the new login is missing');
  });
}

/** Without a public address the browser returns to any of the client's callbacks. */
async function askCallback({ session }: WizardContext): Promise<void> {
  const { publicUrl, redirectUrl } = session.stored.settings();
  if (publicUrl !== null || redirectUrl !== null) return;
  const text = await askText('One of the client’s callbacks; nothing need answer there', {
    check: isCallback,
  });
  await session.changeSettings({ redirectUrl: parseSetting('redirectUrl', text, 'A callback') });
}

function isCallback(text: string): true | string {
  try {
    const redirectUrl = parseSetting('redirectUrl', text, 'A callback');
    redirectUriOf({ redirectUrl, publicUrl: null });
    return true;
  } catch (error) {
    return messageOf(error);
  }
}

/** The stored one, if it is for this client. */
async function askClientSecret({ session }: WizardContext, id: string): Promise<string> {
  const stored = session.stored.secret('lever_client_secret');
  const isSameClient = session.stored.settings().leverClientId === id;
  if (
    stored !== undefined &&
    isSameClient &&
    (await askYes('Use the stored client secret?', true))
  ) {
    return stored;
  }
  return askSecret('Client secret');
}

/** The browser returns here or to the daemon, or the user pastes its address. */
async function logIn(context: WizardContext, started: StartedLogin): Promise<void> {
  const { io } = context;
  io.out('Ask a Super Admin to open this link within 30 minutes and accept:');
  io.out(`  ${started.authorizeUrl}`);
  const callback = await listen(context, started);
  try {
    const finished = await comeBack(context, callback);
    for (const { scope, feature } of finished.missing) {
      warn(context, `Lever did not grant ${scope}, which is for ${feature}.`);
    }
  } finally {
    await callback?.close();
  }
}

interface Callback {
  login: Promise<FinishedLogin>;
  close(): Promise<void>;
}

/**
 * The running daemon takes the browser back, or this setup session at the daemon's address.
 * Undefined if neither can: then the address is pasted.
 */
async function listen(
  context: WizardContext,
  { redirectUri }: StartedLogin,
): Promise<Callback | undefined> {
  const { app, io, session } = context;
  const settings = session.stored.settings();
  try {
    if (returnsToDaemon(redirectUri, settings)) return await openCallback(app);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    warn(context, error.message);
  }
  io.out('The browser will end on a page that may not open. Paste its address below.');
  return undefined;
}

/** Throws `conflict` if another program has the daemon's port. */
async function openCallback(app: ConnectedApp): Promise<Callback> {
  const closed = new AbortController();
  let onLogin: (outcome: LoginOutcome) => void = () => undefined;
  const returned = new Promise<FinishedLogin>((resolve, reject) => {
    onLogin = (outcome) => {
      if (outcome instanceof AppError) reject(outcome);
      else resolve(outcome);
    };
  });
  returned.catch(() => undefined);
  const before = grantOf(app)?.refreshToken;
  const server = new TemporaryServer(app, onLogin);
  const isOpened = await server.open();
  return {
    login: isOpened ? returned : pollUntil(() => newLogin(app, before), POLL_MS, closed.signal),
    close: async () => {
      closed.abort();
      await server.close();
    },
  };
}

/** What the running daemon has stored since. The browser's page says what was not granted. */
function newLogin(app: ConnectedApp, before: string | undefined): FinishedLogin | undefined {
  const grant = grantOf(app);
  const isNew = grant !== undefined && grant.refreshToken !== before;
  return isNew ? { granted: grant.scopes, missing: [] } : undefined;
}

function grantOf({ secrets, runtime }: ConnectedApp): Grant | undefined {
  return findGrant(secrets, runtime.clock.now());
}

async function comeBack(
  { app }: WizardContext,
  callback: Callback | undefined,
): Promise<FinishedLogin> {
  const never = new Promise<FinishedLogin>(() => undefined);
  const answer = await askUntil(
    () => callback?.login ?? never,
    (signal) =>
      askText('Waiting for the browser; or paste the address it ended on', {
        check: (text) => text !== '' || 'Paste the whole address.',
        signal,
      }),
  );
  return 'came' in answer ? answer.came : app.login.finish(answer.typed);
}

/** Lever may reject writes of a key without a user, so one is proposed first. */
async function askActingUser(context: WizardContext, look: LeverLook): Promise<void> {
  const { session } = context;
  const isKey = session.stored.settings().leverAuth === 'api_key';
  if (look.users === null || look.users.length === 0) {
    if (isKey) await askActingUserId(context);
    return;
  }
  const nobody = {
    name: isKey ? 'No one: show the API key’s name' : 'No one: show the app’s name',
    value: null,
    ...(isKey && { description: 'Lever may then reject links' }),
  };
  const users = look.users.map(({ id, name }) => ({ name, value: id }));
  const choices = isKey ? [...users, nobody] : [nobody, ...users];
  await chooseActingUser(context, 'Which Lever user should appear as the author?', choices);
}

async function askActingUserId({ io, session }: WizardContext): Promise<void> {
  io.out('This key can’t list users. Lever shows a user’s id in the address of their page.');
  const id = await askText(
    'Id of the Lever user who should appear as the author (Enter for no one)',
    {
      initial: session.stored.settings().performAs ?? undefined,
    },
  );
  await session.changeSettings({ performAs: id === '' ? null : id });
}

/** The current one first. */
async function chooseActingUser(
  { session }: WizardContext,
  question: string,
  users: readonly Choice<string | null>[],
): Promise<void> {
  const { performAs: current } = session.stored.settings();
  const isCurrent = ({ value }: Choice<string | null>): boolean =>
    current !== null && value === current;
  const inOrder = [...users.filter(isCurrent), ...users.filter((one) => !isCurrent(one))];
  await session.changeSettings({ performAs: await askSearch(question, inOrder) });
}
