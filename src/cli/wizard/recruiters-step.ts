/** What recruiters are told in Lever, beside the challenge's link. */
import { askOne } from './ask.js';
import { good, heading, type WizardContext } from './wizard-context.js';

/** Enter changes nothing. */
export async function askRecruiters(context: WizardContext): Promise<void> {
  heading(context, 'What recruiters see in Lever');
  const { sitting } = context;
  const holdTags = await askOne(
    'Does a tag say why somebody waits?',
    [
      { name: 'No, I tell them myself', value: false },
      {
        name: 'Yes, where they can mend it',
        value: true,
        description: 'such as “codesubmit: no e-mail”; taken away once it is mended',
      },
    ],
    sitting.settings().holdTags,
  );
  await sitting.keepHoldTags(holdTags);
  good(context, holdTags ? 'A tag says why somebody waits.' : 'No tag says why somebody waits.');
}
