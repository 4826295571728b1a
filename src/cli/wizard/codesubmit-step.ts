/** CodeSubmit: its API key. */
import type { CodeSubmitLook } from '../../app/sitting.js';
import { askSecret } from './ask.js';
import { good, heading, untilItWorks, type WizardContext } from './wizard-context.js';

/** Resolves once CodeSubmit was asked and answered; the key is kept. */
export async function askCodeSubmit(context: WizardContext): Promise<CodeSubmitLook> {
  heading(context, 'CodeSubmit');
  context.io.out(
    'Make a key on CodeSubmit’s page Settings → Integrations, as an Admin or Hiring Manager',
  );
  context.io.out('(the role Reviewer can’t invite).');
  const look = await untilItWorks(context, async () =>
    context.sitting.tryCodeSubmitKey(await askSecret('CodeSubmit API key')),
  );
  const account = look.account === '' ? '' : ` as ${look.account}`;
  good(context, `CodeSubmit answers${account}: ${look.challenges.length} challenges`);
  return look;
}
