/** CodeSubmit: its API key. */
import { count } from '../../domain/format.js';
import { keep } from '../../admin/setup/answers.js';
import { lookAtCodeSubmit } from '../../admin/setup/look-ups.js';
import type { Row } from '../terminal/ask.js';
import { good, secretRow, settingsOf, type Session } from './session.js';

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
  ];
}
