/** Lever: an API key, which is yours in five minutes, or a login by an OAuth client. */
import { LoopbackCallback } from '../../app/loopback-callback.js';
import { finishLogin, type FinishedLogin, type StartedLogin } from '../../app/lever-login.js';
import { redirectUriOf } from '../../app/login-settings.js';
import type { LeverLook } from '../../app/sitting.js';
import { askOne, askSearch, askSecret, askText, askUntil, askYes } from './ask.js';
import { good, heading, untilItWorks, warn, type WizardContext } from './wizard-context.js';

const BOXES = [
  ['read opportunities', 'who stands where, with which tags'],
  ['write opportunities', 'the challenge’s link'],
  ['read stages', 'choosing stages'],
  ['read tags', 'finding mistyped tags'],
  ['read postings', 'telling two challenge tags apart'],
  ['read users', 'choosing who acts'],
  ['create a note', 'notes about the challenge'],
] as const;

/** Resolves once Lever was asked and answered; the answer is kept. */
export async function askLever(context: WizardContext): Promise<LeverLook> {
  heading(context, 'Lever');
  const { sitting } = context;
  const leverEnvironment = await askOne<'production' | 'sandbox'>('Which Lever?', [
    { name: 'Production', value: 'production' },
    { name: 'Sandbox (Lever’s test environment)', value: 'sandbox' },
  ]);
  await sitting.keepSettings({ leverEnvironment });
  const how = await askOne<'api_key' | 'oauth'>('How does it connect?', [
    { name: 'API key', value: 'api_key', description: 'a Super Admin makes one in five minutes' },
    {
      name: 'OAuth client',
      value: 'oauth',
      description: 'if Lever’s partner team or your settings gave you one',
    },
  ]);
  const look = how === 'api_key' ? await askKey(context) : await askLogin(context);
  good(
    context,
    `Lever answers: ${look.stages.length} stages${look.seesConfidential ? ', confidential jobs too' : ''}`,
  );
  await askActingUser(context, look);
  return look;
}

function printBoxes({ io }: WizardContext): void {
  io.out('Make a key: https://hire.lever.co/settings/integrations?tab=api → Generate New Key');
  io.out('Tick (wordings vary):');
  for (const [box, use] of BOXES) io.out(`  ☑ ${box.padEnd(20)} ${io.paint.dim(use)}`);
  io.out(
    'Confidential jobs take part only if the key is given that access now; it can’t be changed later.',
  );
}

function askKey(context: WizardContext): Promise<LeverLook> {
  printBoxes(context);
  return untilItWorks(context, async () => {
    const key = await askSecret('Lever API key');
    return context.sitting.tryLeverKey(key);
  });
}

async function askLogin(context: WizardContext): Promise<LeverLook> {
  const { io, sitting } = context;
  io.out('The OAuth client must have this callback, letter by letter:');
  io.out(`  ${redirectUriOf(sitting.settings())}`);
  return untilItWorks(context, async () => {
    const id = await askText('Client id', {
      initial: sitting.settings().leverClientId ?? undefined,
      check: (text) => text !== '' || 'Lever shows it beside the client.',
    });
    const secret = await askSecret('Client secret');
    const isConfidentialWanted = await askYes(
      'Shall confidential jobs take part? (it can’t be added later)',
      false,
    );
    const started = await sitting.beginLogin({ id, secret }, isConfidentialWanted);
    await logIn(context, started);
    const look = await sitting.findLever();
    if (look) return look;
    throw new Error('the login that was just made is not there');
  });
}

/** The browser comes back to this machine, or to the daemon, or its address is pasted: whichever is first. */
async function logIn(context: WizardContext, started: StartedLogin): Promise<void> {
  const { io, house } = context;
  io.out('Let a Super Admin open this link within 30 minutes and accept:');
  io.out(`  ${started.authorizeUrl}`);
  const callback = await listen(context, started);
  try {
    const finished = await comeBack(context, callback);
    for (const { scope, feature } of finished.missing) {
      warn(context, `Lever did not grant ${scope}, which is for ${feature}.`);
    }
  } finally {
    await callback?.close();
    await house.database.write(() => undefined);
  }
}

async function listen(
  { house }: WizardContext,
  started: StartedLogin,
): Promise<LoopbackCallback | undefined> {
  if (!started.redirectUri.startsWith('http:')) return undefined;
  const callback = new LoopbackCallback(house, started);
  await callback.open();
  return callback;
}

async function comeBack(
  { house }: WizardContext,
  callback: LoopbackCallback | undefined,
): Promise<FinishedLogin> {
  const never = new Promise<FinishedLogin>(() => undefined);
  const answer = await askUntil(
    () => callback?.login ?? never,
    (signal) =>
      askText('Waiting for the browser; or paste the address that it ended on', {
        check: (text) => text !== '' || 'Paste the whole address.',
        signal,
      }),
  );
  return 'came' in answer ? answer.came : finishLogin(house, answer.typed);
}

async function askActingUser(context: WizardContext, look: LeverLook): Promise<void> {
  if (look.users === null || look.users.length === 0) return;
  const users = look.users.map(({ id, name }) => ({ name, value: id }));
  const nobody = {
    name: 'Nobody in particular',
    value: null,
    description: 'Lever shows the key or app',
  };
  const performAs = await askSearch('In whose name are links added?', [nobody, ...users]);
  await context.sitting.keepSettings({ performAs });
}
