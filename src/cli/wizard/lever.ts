/** Lever: an API key, ready in five minutes, or a login through an OAuth client. */
import { AppError } from '../../domain/errors.js';
import { changeSettings, findSecret, keep, storeClient } from '../../admin/setup/answers.js';
import { lookAtLever } from '../../admin/setup/look-ups.js';
import { TemporaryServer } from '../../serve/http/temporary-server.js';
import { checkAccount, checkLever, findLogin, grantOf } from '../../admin/setup/vendor-checks.js';
import { leverAddressesOf } from '../../store/settings/vendor-addresses.js';
import { leverAppUrl } from '../../lever/lever-addresses.js';
import { needsOf, RIGHTS } from '../../lever/rights.js';
import {
  isTakenByLever,
  redirectUriOf,
  returnsToDaemon,
  scopesOf,
} from '../../lever/login-settings.js';
import type { StartedLogin } from '../../lever/login.js';
import { askOf } from '../questions.js';
import {
  askOne,
  askRows,
  askSearch,
  askSecret,
  askUntil,
  askYes,
  type Choice,
  type Row,
} from '../terminal/ask.js';
import {
  askSetting,
  good,
  listen,
  sayRefusal,
  secretRow,
  settingRow,
  settingsOf,
  untilItWorks,
  warn,
  type Session,
} from './session.js';

export function leverRows(session: Session): Row[] {
  // A first setup asks for a key of production at once: most have one.
  let isHowAsked =
    session.leverAuth === 'oauth' || (session.app.integration.isInUse() && !session.triesStored);
  // An earlier session answered it all.
  let isKept = session.lever !== undefined;
  const isCallbackOpen = settingsOf(session).redirectUrl === null;
  const isLoginAsked = (): boolean => session.leverAuth === 'oauth' && !session.lever;
  const ofKey = {
    introduce: () => printBoxes(session),
    take: async (key: string, isKnown: boolean) => {
      await takeKey(session, key);
      isKept = isKnown && session.triesStored;
    },
  };
  return [
    {
      isOnce: true,
      when: () => session.triesStored && isLoginAsked(),
      ask: async () => {
        isKept = await tryLogin(session);
      },
    },
    secretRow(session, 'lever_api_key', {
      ...ofKey,
      when: () => !isHowAsked && !session.lever,
      instead: { words: 'for a login, or Lever’s sandbox', take: () => (isHowAsked = true) },
    }),
    settingRow(session, 'leverEnvironment', {
      // The ids in the rules of an integration in use mean nothing in another Lever.
      when: () => isHowAsked && !isKept && !session.app.integration.isInUse(),
    }),
    { when: () => isHowAsked && !isKept, ask: () => askHow(session) },
    secretRow(session, 'lever_api_key', {
      ...ofKey,
      when: () => session.leverAuth === 'api_key' && !session.lever,
    }),
    // Without a public address the browser returns to any of the client's callbacks.
    settingRow(session, 'redirectUrl', {
      when: () => isLoginAsked() && settingsOf(session).publicUrl === null && isCallbackOpen,
    }),
    { isOnce: true, when: isLoginAsked, ask: () => askLogin(session) },
    {
      when: () => !isKept && (session.leverAuth === 'api_key' || hasUsers(session)),
      ask: () => askActingUser(session),
    },
  ];
}

async function askHow(session: Session): Promise<void> {
  const how = await askOne(
    'How do you want to connect?',
    [
      {
        name: 'API key',
        value: 'api_key' as const,
        description: 'a Super Admin creates one in five minutes',
      },
      {
        name: 'OAuth client',
        value: 'oauth' as const,
        description: 'if Lever’s partner team or your settings gave you one',
      },
    ],
    session.leverAuth,
  );
  if (how !== session.leverAuth) session.lever = undefined;
  session.leverAuth = how;
}

function printBoxes(session: Session): void {
  const { io } = session;
  io.out('Create a key in Lever with Generate New Key:');
  io.out(`  ${leverAppUrl(settingsOf(session))}/settings/integrations?tab=api`);
  io.out('Check these boxes (wording varies):');
  for (const { box, feature } of RIGHTS)
    if (box !== '') io.out(`  ☑ ${box.padEnd(26)}  ${io.paint.dim(feature)}`);
  io.out('For confidential jobs, give the key that access now: it can’t be changed later.');
}

async function takeKey(session: Session, key: string): Promise<void> {
  const { app } = session;
  const settings = settingsOf(session);
  const found = await checkLever(app, settings, { kind: 'api_key', key });
  // Only a login can be missing.
  if (!found) throw new Error('a key was neither accepted nor rejected');
  await checkAccount(app, settings, found);
  await keep(app, {
    settings: {
      ...leverAddressesOf(settings),
      leverAuth: 'api_key',
      includeConfidential: found.seesConfidential,
    },
    lever: found.answer,
  });
  session.lever = await lookAtLever(found);
  sayAnswers(session);
}

function sayAnswers(session: Session): void {
  const { stages = [], seesConfidential = false } = session.lever ?? {};
  const more = seesConfidential ? ', confidential jobs too' : '';
  good(session, `Lever answers: ${stages.length} stages${more}`);
}

async function askLogin(session: Session): Promise<void> {
  const { io } = session;
  const callback = redirectUriOf(settingsOf(session));
  io.out(
    'Get a client from Lever’s partner team, or in Lever under Settings > Integrations and API > OAuth.',
  );
  io.out('It must have exactly this callback:');
  io.out(`  ${callback}`);
  if (!isTakenByLever(callback, settingsOf(session))) {
    warn(
      session,
      'Lever’s production only accepts https callbacks.',
      'Give a public address first, or set LEVER_REDIRECT_URI.',
    );
  }
  io.out('It will ask for:');
  for (const { scope, feature } of needsOf(scopesOf(settingsOf(session), false))) {
    io.out(`  • ${scope.padEnd(25)}  ${io.paint.dim(feature)}`);
  }
  await untilItWorks(session, () => askClient(session));
}

/** The login of an earlier session. */
async function tryLogin(session: Session): Promise<boolean> {
  const { configuration } = session.app;
  try {
    if (await takeLogin(session)) return true;
    const why = configuration.whyWithheld('lever_client_secret', settingsOf(session));
    if (why) warn(session, why.message, why.hint);
  } catch (error) {
    sayRefusal(session, error);
  }
  return false;
}

/** False without one that Lever accepts. */
async function takeLogin(session: Session): Promise<boolean> {
  const found = await findLogin(session.app);
  if (!found) return false;
  await changeSettings(session.app, { includeConfidential: found.seesConfidential });
  session.lever = await lookAtLever(found);
  sayAnswers(session);
  return true;
}

/** The client, and a login through it. */
async function askClient(session: Session): Promise<void> {
  const { app } = session;
  const settings = settingsOf(session);
  const client = { id: '', secret: '' };
  let isConfidentialWanted = settings.includeConfidential;
  await askRows([
    {
      ask: async () => {
        client.id = (await askSetting(session, 'leverClientId')) ?? '';
      },
    },
    {
      ask: async () => {
        const isStored = settings.leverClientId === client.id;
        const stored = isStored ? findSecret(app, 'lever_client_secret') : undefined;
        client.secret = await askSecret(askOf('lever_client_secret').message, stored);
      },
    },
    {
      ask: async () => {
        const question = 'Include confidential jobs? (can’t be added later)';
        isConfidentialWanted = await askYes(question, isConfidentialWanted);
      },
    },
    {
      ask: async () => {
        const started = await app.login.start({
          settings: settingsOf(session),
          client,
          isConfidentialWanted,
        });
        await storeClient(app, client);
        await logIn(session, started);
        if (!(await takeLogin(session))) throw new Error('the new login is missing');
      },
    },
  ]);
}

/** The browser returns to the daemon, or to this session at its address, or the user pastes where it ended. */
async function logIn(session: Session, { authorizeUrl, redirectUri }: StartedLogin): Promise<void> {
  const { app, io } = session;
  io.out('Ask a Super Admin to open this link within 30 minutes and accept:');
  io.out(`  ${authorizeUrl}`);
  const before = grantOf(app)?.refreshToken;
  let failure: AppError | undefined;
  const server = new TemporaryServer(app, (outcome) => {
    if (outcome instanceof AppError) failure = outcome;
  });
  const look = (): true | undefined => {
    if (failure) throw failure;
    const now = grantOf(app)?.refreshToken;
    return now !== undefined && now !== before ? true : undefined;
  };
  try {
    if (!returnsToDaemon(redirectUri, settingsOf(session)) || !(await listen(session, server)))
      io.out('The browser will end on a page that may not open. Paste its address below.');
    const answer = await askUntil(
      'Waiting for the browser; or paste the address it ended on',
      look,
      (text) => text !== '' || 'Paste the whole address.',
    );
    if ('typed' in answer) await app.login.finish(answer.typed);
  } finally {
    await server.close();
  }
}

const hasUsers = ({ lever }: Session): boolean => (lever?.users ?? []).length > 0;

/** Lever may reject writes of a key without a user, so one is proposed first; the current one before all. */
async function askActingUser(session: Session): Promise<void> {
  const { performAs: current } = settingsOf(session);
  const isKey = session.leverAuth === 'api_key';
  const nobody = {
    name: isKey ? 'No one: show the API key’s name' : 'No one: show the app’s name',
    value: null,
    ...(isKey && { description: 'Lever may then reject links' }),
  };
  const typed = (id: string): Choice<string> => ({ name: id, value: id });
  const listed = (session.lever?.users ?? []).map(({ id, name }) => ({ name, value: id }));
  const users = listed.length === 0 && current !== null ? [typed(current)] : listed;
  if (listed.length === 0)
    session.io.out(
      'This key can’t list users. Type an id: Lever shows it in the address of a user’s page.',
    );
  const performAs = await askSearch<string | null>(
    askOf('performAs').message,
    isKey ? [...users, nobody] : [nobody, ...users],
    { current: current ?? undefined, typed: listed.length === 0 ? typed : undefined },
  );
  await changeSettings(session.app, { performAs });
}
