/** CodeSubmit: its API key. */
import { count } from '../../app/in-words.js';
import type { CodeSubmitLook } from '../../app/sitting.js';
import { askSecret, askText } from './ask.js';
import { good, heading, untilItWorks, warn, type WizardContext } from './wizard-context.js';

/** Resolves once CodeSubmit was asked and answered; the key is kept. */
export async function askCodeSubmit(context: WizardContext): Promise<CodeSubmitLook> {
  heading(context, 'CodeSubmit');
  context.io.out(
    'Make a key on CodeSubmit’s page Settings → Integrations, as an Admin or Hiring Manager (the role Reviewer can’t invite).',
  );
  const look = await untilItWorks(context, async () =>
    context.sitting.tryCodeSubmitKey(await askSecret('CodeSubmit API key')),
  );
  const account = look.account === '' ? '' : ` as ${look.account}`;
  good(context, `CodeSubmit answers${account}: ${count(look.challenges.length, 'challenge')}`);
  await learnLink(context);
  return look;
}

/** Which of CodeSubmit's fields is the candidate's link is documented nowhere; past invitations show it. */
async function learnLink(context: WizardContext): Promise<void> {
  const { sent, withLink } = await context.sitting.countLinks();
  if (sent === 0) {
    context.io.out(
      'No challenge was sent from there yet; the first one shows where its link stands.',
    );
    return;
  }
  if (withLink > 0) {
    good(context, 'The candidates’ links are found in what was sent before.');
    return;
  }
  warn(context, 'CodeSubmit’s list shows no candidate links. One link teaches how they are made.');
  const link = await askText('Paste a candidate’s link from CodeSubmit; Enter skips', {
    check: (text) => text === '' || URL.canParse(text) || 'A whole address, or nothing.',
  });
  if (link === '') return;
  const template = await context.sitting.learnLink(link);
  if (template === undefined)
    warn(context, 'No sent challenge’s id stands in it; it is left open.');
  else good(context, 'Learnt.');
}
