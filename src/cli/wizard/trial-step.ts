/** A test with your own address: shows each step of one candidate as it happens. */
import { MINUTE_MS } from '../../domain/clock.js';
import { readStatus } from '../../operate/status/status-report.js';
import { isServing } from '../../storage/home/is-serving.js';
import { ANY_TAG, type Rule } from '../../domain/rule.js';
import { listHappenings } from '../narrate.js';
import { pollUntil } from './await-delivery.js';
import { askOne, askText, askUntil, type Say } from './ask.js';
import { good, heading, warn, type WizardContext } from './wizard-context.js';

const POLL_MS = 400;
/** How often to ask a daemon without a webhook to check. */
const NUDGE_MS = 5_000;
/** Lever's clock dates a move. */
const CLOCKS_APART_MS = MINUTE_MS;

export async function askTrial(context: WizardContext): Promise<void> {
  heading(context, 'A test');
  const wantsIt = await askOne('Run a test with your own e-mail address?', [
    { name: 'Yes', value: true, description: 'needs the daemon running in another terminal' },
    { name: 'Skip', value: false },
  ]);
  if (!wantsIt || !(await waitForDaemon(context))) return;
  const since = context.app.runtime.clock.now();
  context.io.out(
    'In Lever, create a candidate with your own e-mail address. Add a rule’s tag, then move them to its stage:',
  );
  for (const rule of context.app.rules.listActive()) context.io.out(`  ${ruleInWords(rule)}`);
  const answer = await askUntil(
    (say, signal) => follow(context, since, say, signal),
    (signal) => askText('Waiting for the move; Enter skips', { signal }),
  );
  if ('came' in answer)
    good(context, 'It works end to end. The link is under the candidate’s Links.');
}

function ruleInWords({ stageName, tag, challengeName }: Rule): string {
  const who = tag === ANY_TAG ? 'no challenge tag' : tag;
  return `“${stageName}”, ${who} → ${challengeName}`;
}

async function waitForDaemon(context: WizardContext): Promise<boolean> {
  if (isServing(context.app.home)) return true;
  context.io.out('In another terminal: codesubmit-lever serve');
  const answer = await askUntil(
    (_say, signal) => pollUntil(() => isServing(context.app.home) || undefined, POLL_MS, signal),
    (signal) => askText('Waiting for the daemon; Enter skips', { signal }),
  );
  return 'came' in answer;
}

/** Reports each step of anyone moved since then. Resolves when a link is in Lever. */
async function follow(
  context: WizardContext,
  since: number,
  sayAbove: Say,
  signal: AbortSignal,
): Promise<true> {
  const said = new Set<string>();
  const known = new Set(context.app.problems().map(({ code }) => code));
  const say = (step: string, print: typeof good): void => {
    if (said.has(step)) return;
    said.add(step);
    sayAbove(() => print(context, step));
  };
  let nudgedAt = performance.now();
  const look = async (): Promise<true | undefined> => {
    const { lastDeliveryAt } = readStatus(context.app, { limit: 1 }).integration.webhook;
    if (lastDeliveryAt !== null && Date.parse(lastDeliveryAt) >= since)
      say('Lever reported a move.', good);
    const happened = listHappenings(context.app, since, since - CLOCKS_APART_MS);
    for (const { sign, sentence } of happened) say(sentence, sign === '✓' ? good : warn);
    if (happened.some(({ link }) => link !== null)) return true;
    for (const { code, what, fix } of context.app.problems()) {
      if (known.has(code)) continue;
      say(what, (shown, words) => {
        warn(shown, `${words}.`, fix);
      });
    }
    if (performance.now() - nudgedAt > NUDGE_MS) {
      nudgedAt = performance.now();
      await nudge(context);
    }
    return undefined;
  };
  return pollUntil(look, POLL_MS, signal);
}

/** The daemon checks the stages at once when its configuration changes. */
async function nudge({ app }: WizardContext): Promise<void> {
  const { verifiedAt } = readStatus(app, { limit: 1 }).integration.webhook;
  if (verifiedAt !== null) return;
  await app.database.write((tx) => {
    app.integration.bumpVersion(tx);
  });
}
