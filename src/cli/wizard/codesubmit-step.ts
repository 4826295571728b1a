/** CodeSubmit: its API key. */
import { count } from '../../domain/format.js';
import type { CodeSubmitLook } from '../../setup/setup-lookups.js';
import {
  describeMissing,
  missingParts,
  ROW_SETTINGS,
  ROW_WORDS,
} from '../../setup/row-shape-words.js';
import { askSecret, askText, askYes } from './ask.js';
import {
  good,
  heading,
  tryGiven,
  untilItWorks,
  warn,
  type WizardContext,
} from './wizard-context.js';

/** Resolves once CodeSubmit has accepted the key, which is stored. */
export async function askCodeSubmit(context: WizardContext): Promise<CodeSubmitLook> {
  heading(context, 'CodeSubmit');
  const tryKey = (key: string): Promise<CodeSubmitLook> => context.lookups.answerCodeSubmitKey(key);
  const look =
    (await tryGiven(context, 'codesubmit_api_key', tryKey)) ?? (await askKey(context, tryKey));
  const account = look.account === '' ? '' : ` as ${look.account}`;
  good(context, `CodeSubmit answers${account}: ${count(look.challenges.length, 'challenge')}`);
  await learnLink(context);
  await learnRows(context);
  return look;
}

function askKey(
  context: WizardContext,
  tryKey: (key: string) => Promise<CodeSubmitLook>,
): Promise<CodeSubmitLook> {
  context.io.out(
    'Create a key in CodeSubmit under Settings → Integrations, as an Admin or Hiring Manager (a Reviewer can’t invite).',
  );
  const { codesubmitUrl } = context.session.stored.settings();
  // The simulator, the only CodeSubmit on plain http.
  if (codesubmitUrl?.startsWith('http:') === true) {
    context.io.out(`  ${codesubmitUrl}/settings/integrations`);
  }
  return untilItWorks(context, async () => tryKey(await askSecret('CodeSubmit API key')));
}

/** CodeSubmit doesn't document which field has the candidate's link; past invitations show it. */
async function learnLink(context: WizardContext): Promise<void> {
  const { sent, withLink } = await context.lookups.countLinks();
  if (sent === 0) {
    context.io.out(
      'CodeSubmit hasn’t sent any challenge yet. The first one will show where its link is.',
    );
    return;
  }
  if (withLink > 0) {
    good(context, 'Earlier challenges show where candidates’ links are.');
    return;
  }
  warn(
    context,
    'CodeSubmit’s list shows no candidate links. One link is enough to learn how they’re made.',
  );
  const link = await askText('Paste a candidate’s link from CodeSubmit; Enter skips', {
    check: (text) => text === '' || URL.canParse(text) || 'Paste the whole address, or nothing.',
  });
  if (link === '') return;
  const template = await context.lookups.learnLink(link);
  if (template === undefined)
    warn(context, 'It isn’t the link of a challenge that CodeSubmit lists. Skipped.');
  else good(context, 'Learned how links are made.');
}

/** They tell who was invited manually, and what happened after a lost answer. */
async function learnRows(context: WizardContext): Promise<void> {
  const shape = await context.lookups.readRowShape();
  if (shape === undefined || shape.rows === 0) return;
  const missing = missingParts(shape);
  if (missing.length === 0) {
    good(context, 'CodeSubmit’s list shows who got which challenge, and when.');
    return;
  }
  warn(context, `${describeMissing(shape)}.`);
  for (const part of missing) {
    const path = shape.proposed[part];
    if (path === undefined) {
      warn(
        context,
        `No field shows ${ROW_WORDS[part]}.`,
        'See docs/settings.md, --unreadable-list.',
      );
    } else if (await askYes(`Read ${ROW_WORDS[part]} from the field “${path}”?`, true)) {
      await context.session.changeSettings({ [ROW_SETTINGS[part]]: path });
    }
  }
}
