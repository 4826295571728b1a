/** Lever: an API key, ready in five minutes, or a login through an OAuth client. */
import { count } from '../../domain/format.js';
import type { AppError } from '../../domain/errors.js';
import {
  changeSettings,
  findSecret,
  storeAndApply,
  storeClient,
  lookAtLever,
  checkLever,
  findLogin,
  includesConfidential,
  secretFromEnvironment,
} from '../../admin/setup/answers.js';
import { loadSettings } from '../../store/settings/settings.js';
import { leverAddressesOf, leverAppUrl } from '../../store/settings/vendor-addresses.js';
import { requireSameAccount } from '../../lever/lever-account.js';
import { findGrant, needsOf, RIGHTS, scopesOf } from '../../lever/rights.js';
import {
  isCallbackAccepted,
  redirectUriOf,
  returnsToDaemon,
  type StartedLogin,
  finishLogin,
  startLogin,
} from '../../lever/login.js';
import { askOf } from '../questions.js';
import {
  askOne,
  askRows,
  askSearch,
  askSecret,
  askUntil,
  askYes,
  choice,
  type Choice,
  type Row,
} from '../terminal/ask.js';
import type { Session } from './session.js';

/**
 * Three paths lead to Lever. A first setup asks for an API key of production at once, because most have one. Enter
 * there, a client chosen before, or a change of what is in use asks first how to connect, then for a key or a login.
 * When setup goes on after a stop, the stored key or login is tried; if it works, nothing is asked.
 */
export function leverRows(session: Session): Row[] {
  // At a first setup Enter makes it true, at the question for a key.
  let asksHowToConnect =
    session.leverAuth === 'oauth' ||
    (session.app.integration.isInUse() && !session.reusesStoredAnswers);
  // True if Lever was connected earlier in this session, or once a connection of an earlier one works.
  let isLeverSettled = session.lever !== undefined;
  // These are fixed now, so Esc can come back to the question after its answer was stored. “No one” is stored as null.
  // Where the environment gives the key, it isn't asked: the summary says what an author is for.
  const isUserAnswered =
    session.app.integration.isInUse() ||
    loadSettings(session.app.database).performAs !== undefined ||
    session.app.configuration.isOverridden('lever_api_key');
  const needsCallback = session.settings.redirectUrl === null;
  const needsLogin = (): boolean => session.leverAuth === 'oauth' && !session.lever;
  const keyQuestion = {
    introduce: () => printKeyInstructions(session),
    // `isKnown`: from the environment or an earlier session, not typed now.
    take: async (key: string, isKnown: boolean) => {
      await takeKey(session, key);
      isLeverSettled = isKnown && session.reusesStoredAnswers;
    },
  };
  return [
    {
      isSkippedByEsc: true,
      when: () => session.reusesStoredAnswers && needsLogin(),
      ask: async () => (isLeverSettled = await tryStoredLogin(session)),
    },
    session.secretRow('lever_api_key', {
      ...keyQuestion,
      when: () => !asksHowToConnect && !session.lever,
      instead: { words: 'for a login, or Lever’s sandbox', take: () => (asksHowToConnect = true) },
    }),
    session.settingRow('leverEnvironment', {
      // The ids in the rules of an integration in use mean nothing in another Lever.
      when: () => asksHowToConnect && !isLeverSettled && !session.app.integration.isInUse(),
    }),
    { when: () => asksHowToConnect && !isLeverSettled, ask: () => askHowToConnect(session) },
    session.secretRow('lever_api_key', {
      // Asked after a key was chosen as the way to connect.
      ...keyQuestion,
      when: () => session.leverAuth === 'api_key' && !session.lever,
    }),
    // With a public address the callback is known; without one, it's any that the client has.
    session.settingRow('redirectUrl', {
      when: () => needsLogin() && session.settings.publicUrl === null && needsCallback,
    }),
    { isSkippedByEsc: true, when: needsLogin, ask: () => askLogin(session) },
    {
      // A key or login that can't list users can't offer any.
      when: () =>
        !(isLeverSettled && isUserAnswered) &&
        !session.isSetByEnvironment('performAs') &&
        (session.lever?.users ?? []).length > 0,
      ask: () => askActingUser(session),
    },
  ];
}

/** Asks for the way to connect: an API key, or a login through an OAuth client. */
async function askHowToConnect(session: Session): Promise<void> {
  const how = await askOne<Session['leverAuth']>(
    'How do you want to connect?',
    [
      choice('API key', 'api_key', 'a Super Admin creates one in five minutes'),
      choice('OAuth client', 'oauth', 'if Lever’s partner team or your settings gave you one'),
    ],
    session.leverAuth,
  );
  // What a key or login showed doesn't count for the other way.
  if (how !== session.leverAuth) session.lever = undefined;
  session.leverAuth = how;
}

/** Prints where to create a key in Lever, and which rights to give it. */
function printKeyInstructions(session: Session): void {
  const { io } = session;
  io.out('Create a key in Lever with Generate New Key:');
  io.out(`  ${leverAppUrl(session.settings)}/settings/integrations?tab=api`);
  io.out('Check these boxes (wording varies):');
  // Left out are rights without a box: what only a login needs, and confidential access, which the last line is about.
  for (const { box, feature } of RIGHTS)
    if (box !== '') io.out(`  ☑ ${box.padEnd(26)}  ${io.paint.dim(feature)}`);
  io.out('For confidential jobs, give the key that access now: it can’t be changed later.');
}

/**
 * Tries the key with Lever, stores it, and reads what it shows. Throws if Lever rejects it, or if it is of another
 * account than the one in use.
 */
async function takeKey(session: Session, key: string): Promise<void> {
  const { app } = session;
  const settings = session.settings;
  const found = await checkLever(app, settings, { kind: 'api_key', key });
  // `checkLever` returns undefined only for a login that is missing or rejected. A rejected key throws.
  if (!found) throw new Error('a key was neither accepted nor rejected');
  const { client, fingerprint } = found;
  await requireSameAccount(app, { settings, lever: client, fingerprint });
  // The key is stored with the addresses that it was tried at.
  await storeAndApply(app, {
    settings: { ...leverAddressesOf(settings), leverAuth: 'api_key' },
    lever: found.answer,
  });
  await readLever(session, found);
}

/** Lever is connected: reads what the session needs to know of it, and says that it answers. */
async function readLever(
  session: Session,
  found: Parameters<typeof lookAtLever>[0],
): Promise<void> {
  session.lever = await lookAtLever(found);
  const { stages, seesConfidential } = session.lever;
  const more = seesConfidential === true ? ', confidential jobs too' : '';
  session.io.good(`Lever answers: ${count(stages.length, 'stage')}${more}`);
}

/** Says what the client in Lever must have, then asks for it until a login through it works. */
async function askLogin(session: Session): Promise<void> {
  const { io } = session;
  const callback = redirectUriOf(session.settings);
  io.out(
    'Get a client from Lever’s partner team, or in Lever under Settings > Integrations > OAuth.',
  );
  io.out('It must have exactly this callback:');
  io.out(`  ${callback}`);
  if (!isCallbackAccepted(callback, session.settings)) {
    const fix = 'Give a public address first, or set LEVER_REDIRECT_URI.';
    io.warn('Lever’s production only accepts https callbacks.', fix);
  }
  io.out('It will ask for:');
  // Without confidential access, unless LEVER_SCOPES names it: `askClient` asks whether it's wanted.
  for (const { scope, feature } of needsOf(scopesOf(session.settings, false)))
    io.out(`  • ${scope.padEnd(25)}  ${io.paint.dim(feature)}`);
  if (session.isSetByEnvironment('leverClientId')) io.out('The client is that of LEVER_CLIENT_ID.');
  await session.untilItWorks(() => askClient(session));
}

/**
 * Tries the login of an earlier session. False where it has to be asked for again. Says first if the try failed, or if
 * the stored client secret may not be sent to Lever's present address.
 */
async function tryStoredLogin(session: Session): Promise<boolean> {
  try {
    if (await useStoredLogin(session)) return true;
    session.sayWithheld('lever_client_secret');
  } catch (error) {
    session.sayRefusal(error);
  }
  return false;
}

/** Connects the session through the stored login. False without one that Lever accepts. */
async function useStoredLogin(session: Session): Promise<boolean> {
  const found = await findLogin(session.app);
  if (!found) return false;
  await readLever(session, found);
  return true;
}

/**
 * Asks for the client's id and secret, where the environment doesn't give them, and for confidential access. Then logs
 * in. Throws if that doesn't work.
 */
async function askClient(session: Session): Promise<void> {
  const { app } = session;
  const settings = session.settings;
  const givenSecret = secretFromEnvironment(app, 'lever_client_secret');
  const client = { id: settings.leverClientId ?? '', secret: givenSecret ?? '' };
  let isConfidentialWanted = await includesConfidential(app);
  await askRows([
    {
      when: () => !session.isSetByEnvironment('leverClientId'),
      ask: async () => (client.id = (await session.askSetting('leverClientId')) ?? ''),
    },
    {
      when: () => givenSecret === undefined,
      ask: async () => {
        // The stored secret belongs to the stored client; with another id it isn't offered.
        const isStored = settings.leverClientId === client.id;
        const stored = isStored ? findSecret(app, 'lever_client_secret') : undefined;
        client.secret = await askSecret(askOf('lever_client_secret').message, stored);
      },
    },
    async () => {
      const question = 'Include confidential jobs? (can’t be added later)';
      isConfidentialWanted = await askYes(question, isConfidentialWanted ? 'yes' : 'no');
    },
    async () => {
      const settings = session.settings;
      const started = await startLogin(app, settings, client, isConfidentialWanted);
      await storeClient(app, client);
      await logIn(session, started);
      if (!(await useStoredLogin(session))) throw new Error('the new login is missing');
    },
  ]);
}

/**
 * Waits until a Super Admin has logged in. The browser returns to the daemon, or to this session at its address, or the
 * user pastes the address where it ended. Throws why a login failed.
 */
async function logIn(session: Session, { authorizeUrl, redirectUri }: StartedLogin): Promise<void> {
  const { app, io } = session;
  io.out('Ask a Super Admin to open this link within 30 minutes and accept:');
  io.out(`  ${authorizeUrl}`);
  const readToken = () => findGrant(app.secrets, app.clock.now())?.refreshToken;
  const tokenBefore = readToken();
  let failure: AppError | undefined;
  const server = returnsToDaemon(redirectUri, session.settings)
    ? await session.listen((why) => (failure = why))
    : undefined;
  try {
    if (!server)
      io.out('The browser will end on a page that may not open. Paste its address below.');
    const answer = await askUntil(
      'Waiting for the browser; or paste the address it ended on',
      () => {
        if (failure) throw failure;
        // Once the browser came back, the login that it brought has another refresh token.
        const token = readToken();
        return token !== undefined && token !== tokenBefore ? true : undefined;
      },
      (text) => text !== '' || 'Paste the whole address.',
    );
    if ('typed' in answer) await finishLogin(app, answer.typed);
  } finally {
    await server?.close();
  }
}

/**
 * Asks which user appears as the author, and stores it. Lever may reject what a key writes for no user, so users come
 * first for a key, and “no one” first for a login. The pointer starts on the answer from before.
 */
async function askActingUser(session: Session): Promise<void> {
  const users = (session.lever?.users ?? []).map(({ id, name }) => choice(name, id));
  const choices: Choice<string | null>[] =
    session.leverAuth === 'api_key'
      ? [...users, choice('No one: show the API key’s name', null, 'Lever may then reject links')]
      : [choice('No one: show the app’s name', null), ...users];
  // Undefined before the first answer, null for “no one”.
  const current = loadSettings(session.app.database).performAs;
  const performAs = await askSearch(askOf('performAs').message, choices, current);
  await changeSettings(session.app, { performAs });
}
