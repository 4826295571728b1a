/** CodeSubmit: its API key, and what its lists don't show by themselves. */
import { count } from '../../domain/format.js';
import { changeSettings, keep } from '../../admin/setup/answers.js';
import {
  countLinks,
  learnLink,
  lookAtCodeSubmit,
  readRowShape,
} from '../../admin/setup/look-ups.js';
import {
  describeMissing,
  missingParts,
  ROW_SETTINGS,
  ROW_WORDS,
} from '../../admin/setup/row-shape-words.js';
import { askText, askYes, type Row } from '../terminal/ask.js';
import { good, secretRow, settingsOf, warn, type Session } from './session.js';

export function codesubmitRows(session: Session): Row[] {
  const { app, io } = session;
  return [
    secretRow(session, 'codesubmit_api_key', {
      when: () => !session.codesubmit,
      introduce: () => {
        io.out(
          'Create a key in CodeSubmit under Settings → Integrations, as an Admin or Hiring Manager (a Reviewer can’t invite).',
        );
        const { codesubmitUrl } = settingsOf(session);
        // The simulator, the only CodeSubmit on plain http.
        if (codesubmitUrl?.startsWith('http:') === true)
          io.out(`  ${codesubmitUrl}/settings/integrations`);
      },
      take: async (key) => {
        const look = await lookAtCodeSubmit(app, key);
        const { codesubmitUrl } = settingsOf(session);
        await keep(app, { settings: { codesubmitUrl }, codesubmitApiKey: key });
        const account = look.account === '' ? '' : ` as ${look.account}`;
        good(
          session,
          `CodeSubmit answers${account}: ${count(look.challenges.length, 'challenge')}`,
        );
        session.codesubmit = look;
      },
    }),
    { isOnce: true, ask: () => askLink(session) },
    { isOnce: true, ask: () => askFields(session) },
  ];
}

/** CodeSubmit doesn't document which field has the candidate's link; past invitations show it. */
async function askLink(session: Session): Promise<void> {
  const { sent, withLink } = await countLinks(session.app);
  if (sent === 0) {
    session.io.out(
      'CodeSubmit hasn’t sent any challenge yet. The first one will show where its link is.',
    );
    return;
  }
  if (withLink > 0) {
    good(session, 'Earlier challenges show where candidates’ links are.');
    return;
  }
  warn(
    session,
    'CodeSubmit’s list shows no candidate links. One link is enough to learn how they’re made.',
  );
  const link = await askText('Paste a candidate’s link from CodeSubmit; Enter skips', {
    check: (text) => text === '' || URL.canParse(text) || 'Paste the whole address, or nothing.',
  });
  if (link === '') return;
  if ((await learnLink(session.app, link)) === undefined)
    warn(session, 'It isn’t the link of a challenge that CodeSubmit lists. Skipped.');
  else good(session, 'Learned how links are made.');
}

/** They tell who was invited manually, and what happened after a lost answer. */
async function askFields(session: Session): Promise<void> {
  const shape = await readRowShape(session.app);
  if (shape === undefined || shape.rows === 0) return;
  const missing = missingParts(shape);
  if (missing.length === 0) {
    good(session, 'CodeSubmit’s list shows who got which challenge, and when.');
    return;
  }
  warn(session, `${describeMissing(shape)}.`);
  for (const part of missing) {
    const path = shape.proposed[part];
    const words = ROW_WORDS[part];
    if (path === undefined)
      warn(session, `No field shows ${words}.`, 'See docs/settings.md, --unreadable-list.');
    else if (await askYes(`Read ${words} from the field “${path}”?`, true))
      await changeSettings(session.app, { [ROW_SETTINGS[part]]: path });
  }
}
