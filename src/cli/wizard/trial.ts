/** A test with your own address: shows each step of one candidate as it happens. */
import { ANY_TAG, challengeInWords } from '../../domain/rule.js';
import { isForEvery, listChallengeTags } from '../../domain/decide/challenge-tags.js';
import { requestStageCheck } from '../../admin/actions/admin-actions.js';
import { isServing } from '../../store/database/file-lock.js';
import { watchHappenings } from '../narrate.js';
import { askOne, askUntil, type Row, type Say } from '../terminal/ask.js';
import { watchProblems, type Session } from './session.js';

/** How often to ask a daemon without a webhook to check. */
const NUDGE_MS = 5_000;

export function trialRows(session: Session): Row[] {
  const { app, io } = session;
  let isWanted = false;
  return [
    {
      ask: async () => {
        isWanted = await askOne('Run a test with your own e-mail address?', [
          {
            name: 'Yes',
            value: true,
            description: 'needs the daemon running in another terminal',
          },
          { name: 'Skip', value: false },
        ]);
      },
    },
    {
      when: () => isWanted && !isServing(app.home),
      ask: async () => {
        io.out('In another terminal: codesubmit-lever serve');
        await askUntil(
          'Waiting for the daemon; Enter skips',
          () => isServing(app.home) || undefined,
        );
      },
    },
    { when: () => isWanted && isServing(app.home), ask: () => askMove(session) },
  ];
}

async function askMove(session: Session): Promise<void> {
  session.io.out(
    'In Lever, create a candidate with your own e-mail address. Add a rule’s tag, then move them to its stage:',
  );
  for (const words of rulesInWords(session.app)) session.io.out(`  ${words}`);
  const answer = await askUntil('Waiting for the move; Enter skips', watchForLink(session));
  if ('came' in answer)
    session.io.good('It works end to end. The link is under the candidate’s Links.');
}

/** Each rule as what to do in Lever; a rule for every challenge is shown by its first one. */
function rulesInWords({ rules, list }: Session['app']): string[] {
  return rules.listActive().map((rule) => {
    const [first] = isForEvery(rule) ? listChallengeTags(rule, list.catalog()) : [];
    const who = rule.tag === ANY_TAG ? 'no challenge tag' : (first?.tag ?? rule.tag);
    return `“${rule.stageName}”, ${who} → ${first?.challenge.name ?? challengeInWords(rule)}`;
  });
}

/** The result, called again and again, is true once a link is in Lever. It reports what happens to anyone moved from now on. */
function watchForLink(session: Session): (say: Say) => Promise<true | undefined> {
  const { app } = session;
  const since = app.clock.now();
  const listNew = watchHappenings(app);
  const newProblems = watchProblems(session);
  let isReported = false;
  let nudgedAt = performance.now();
  return async (say) => {
    const { last_delivery_at: at, webhook_verified_at: verifiedAt } = app.configuration.row();
    if (!isReported && at !== null && at >= since) {
      isReported = true;
      say(() => session.io.good('Lever reported a move.'));
    }
    const happened = listNew();
    for (const { sign, sentence } of happened)
      say(() => (sign === '✓' ? session.io.good(sentence) : session.io.warn(sentence)));
    if (happened.some(({ link }) => link !== null)) return true;
    for (const { what, fix } of newProblems()) say(() => session.io.warn(`${what}.`, fix));
    // Without a webhook the daemon would notice the move only at its next regular check.
    if (verifiedAt === null && performance.now() - nudgedAt > NUDGE_MS) {
      nudgedAt = performance.now();
      await requestStageCheck(app);
    }
    return undefined;
  };
}
